// What clients may not do: send too much, too slowly, too many at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "net/http_server.h"
#include "tests/net/server_fixture.h"

namespace tern::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class HttpLimitsTest : public ServerFixture {
 protected:
  // The server answers with `status` and a JSON error, and closes.
  void expect_refusal(RawClient& client, int status, const char* message) {
    const RawResponse r = client.response();
    EXPECT_EQ(r.status, status);
    EXPECT_TRUE(r.has("connection: close")) << r.head;
    EXPECT_TRUE(r.has("content-type: application/json")) << r.head;
    EXPECT_THAT(r.body, StartsWith("{\"error\":\""));
    EXPECT_THAT(r.body, HasSubstr(message));
    EXPECT_TRUE(client.closed_within(5s));
  }
};

TEST_F(HttpLimitsTest, MalformedRequestsAreAnsweredAndClosed) {
  start();
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"}) {
    RawClient client = connect();
    client.send(bytes);
    expect_refusal(client, 400, "");
  }
  EXPECT_EQ(server_->stats().requests_refused, 4u);
  EXPECT_EQ(server_->stats().requests, 0u);
}

TEST_F(HttpLimitsTest, TheRequestsBeforeAMalformedOneAreAnswered) {
  start();
  RawClient client = connect();
  client.send(std::string(kGet) + kGet + "nonsense\r\n\r\n");
  EXPECT_EQ(client.response().status, 200);
  EXPECT_EQ(client.response().status, 200);
  expect_refusal(client, 400, "malformed");
}

TEST_F(HttpLimitsTest, AFloodOfFieldsIsRefused) {
  start({.max_header_bytes = 4096});
  RawClient bulk = connect();
  bulk.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(100'000, 'a'));
  expect_refusal(bulk, 431, "4096 bytes");
  RawClient trickle = connect();
  trickle.send("GET / HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 1000 && trickle.send("A: b\r\n"); ++i) {
  }
  expect_refusal(trickle, 431, "");
}

TEST_F(HttpLimitsTest, ATooLargeBodyIsRefusedAndTheClientCanReadWhy) {
  start({.max_body_bytes = 1000});
  RawClient known = connect();
  known.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
  known.send(std::string(3'000'000, 'x'));  // more than the kernel buffers: the server must read on
  expect_refusal(known, 413, "1000 bytes");
  RawClient chunked = connect();
  chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100; ++i) chunked.send("64\r\n" + std::string(100, 'x') + "\r\n");
  expect_refusal(chunked, 413, "1000 bytes");
  RawClient exact = connect();
  EXPECT_EQ(exact
                .ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" +
                     std::string(1000, 'x'))
                .status,
            200);
}

TEST_F(HttpLimitsTest, AHeadThatTricklesInTimesOut) {
  start({.header_timeout = 150ms});
  RawClient client = connect();
  const auto begin = std::chrono::steady_clock::now();
  std::thread slow([&] {
    client.send("GET / HTTP/1.1\r\n");
    while (client.send("A: b\r\n") && std::chrono::steady_clock::now() < begin + 1s) {
      std::this_thread::sleep_for(20ms);
    }
  });
  slow.join();
  expect_refusal(client, 408, "head");
}

TEST_F(HttpLimitsTest, ABodyThatStopsTimesOut) {
  start({.body_timeout = 150ms});
  RawClient client = connect();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  expect_refusal(client, 408, "body");
  RawClient chunked = connect();
  chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  expect_refusal(chunked, 408, "body");
}

TEST_F(HttpLimitsTest, ABodyMayTakeLongerThanItsTimeoutWhileItFlows) {
  start({.body_timeout = 1000ms});
  RawClient client = connect();
  constexpr int kPieces = 6;
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kPieces << 16) +
              "\r\n\r\n");
  for (int i = 0; i < kPieces; ++i) {
    std::this_thread::sleep_for(200ms);
    client.send(std::string(64 << 10, 'x'));
  }
  EXPECT_EQ(client.response().status, 200);
}

TEST_F(HttpLimitsTest, IdleConnectionsAreClosedWithoutAWord) {
  start({.header_timeout = 600ms, .idle_timeout = 150ms});
  RawClient silent = connect();
  EXPECT_EQ(silent.read_to_end(), "");
  RawClient once = connect();
  EXPECT_EQ(once.ask(kGet).status, 200);
  EXPECT_EQ(once.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
}

TEST_F(HttpLimitsTest, TheHandlerMayTakeLongerThanAnyTimeout) {
  Inbox inbox;
  start(
      {.header_timeout = 400ms, .body_timeout = 50ms, .idle_timeout = 50ms, .write_timeout = 50ms},
      inbox.handler());
  RawClient client = connect();
  client.send(kGet);
  auto [request, reply] = inbox.take();
  std::this_thread::sleep_for(600ms);
  EXPECT_FALSE(request.cancelled());
  reply.send({.body = "late"});
  EXPECT_EQ(client.response().body, "late");
}

TEST_F(HttpLimitsTest, AClientThatDoesNotReadItsResponseIsCutOff) {
  start({.write_timeout = 200ms},
        [](HttpRequest, HttpReply reply) { reply.send({.body = std::string(64 << 20, 'x')}); });
  RawClient client(address(), 4096);
  client.send(kGet);
  EXPECT_TRUE(eventually([&] { return server_->stats().requests == 1; }));
  EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
}

TEST_F(HttpLimitsTest, AConnectionTooManyIsTold) {
  Inbox inbox;
  start({.max_connections = 2}, inbox.handler());
  RawClient a = connect();
  RawClient b = connect();
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_open == 2; }));
  RawClient c = connect();
  c.send(kGet);
  expect_refusal(c, 503, "too many connections");
  EXPECT_EQ(server_->stats().connections_refused, 1u);
  c.close();
  a.close();
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_open == 1; }));
  RawClient d = connect();
  d.send(kGet);
  inbox.take().reply.send({.body = "welcome"});
  EXPECT_EQ(d.response().body, "welcome");
}

TEST_F(HttpLimitsTest, PipelinedRequestsDoNotPileUpInMemory) {
  Inbox inbox;
  start({}, inbox.handler());
  RawClient client = connect();
  client.send(kGet);
  auto first = inbox.take();
  // While the first is at the handler, what follows stays in the kernel's buffers.
  std::string many;
  for (int i = 0; i < 2000; ++i) many += kGet;
  client.send(many);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(inbox.size(), 0u);
  first.reply.send({});
  for (int i = 0; i < 2000; ++i) inbox.take().reply.send({});
  for (int i = 0; i < 2001; ++i) ASSERT_EQ(client.response().status, 200);
}

}  // namespace
}  // namespace tern::net
