#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "tests/net/server_fixture.h"
#include "tests/support/status_matchers.h"

namespace tern::net {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using namespace std::chrono_literals;

class HttpServerTest : public ServerFixture {};

TEST_F(HttpServerTest, GivesTheHandlerTheWholeRequest) {
  Inbox inbox;
  start({}, inbox.handler());
  RawClient client = connect();
  client.send(
      "POST /a%20b?x=%26&y HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nbody");
  auto [request, reply] = inbox.take();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a%20b?x=%26&y");
  EXPECT_EQ(request.path, "/a%20b");
  EXPECT_EQ(request.query_value("x"), "&");
  EXPECT_EQ(request.query_value("y"), "");
  EXPECT_EQ(request.headers.find("x-one"), "1");
  EXPECT_EQ(request.body, "body");
  EXPECT_THAT(request.remote_address, ::testing::StartsWith("127.0.0.1:"));
  EXPECT_FALSE(request.cancelled());
  reply.send({.status = 201, .headers = {{"X-Two", "2"}}, .body = "made"});
  const RawResponse r = client.response();
  EXPECT_EQ(r.status, 201);
  EXPECT_TRUE(r.has("http/1.1 201 created\r\n"));
  EXPECT_TRUE(r.has("\r\nx-two: 2\r\n"));
  EXPECT_TRUE(r.has("\r\ndate: "));
  EXPECT_EQ(r.body, "made");
}

TEST_F(HttpServerTest, KeepsTheConnectionForTheNextRequest) {
  start();
  RawClient client = connect();
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    EXPECT_EQ(client.ask("GET /" + n + " HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /" + n + " ");
  }
  EXPECT_EQ(server_->stats().connections_accepted, 1u);
  EXPECT_EQ(server_->stats().requests, 100u);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Inbox inbox;
  start({.io_threads = 2}, inbox.handler());
  RawClient client = connect();
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests +=
        "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  }
  client.send(requests);
  std::thread worker([&] {
    for (int i = 0; i < 50; ++i) {
      auto [request, reply] = inbox.take();
      reply.send({.body = request.path});
    }
  });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.response().body, "/" + std::to_string(i));
  worker.join();
}

TEST_F(HttpServerTest, ServesPipelinedRequestsOfAClientThatHasClosedItsSide) {
  start();
  RawClient client = connect();
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.shutdown_write();
  const std::string all = client.read_to_end();
  EXPECT_THAT(all, HasSubstr("GET /1 "));
  EXPECT_THAT(all, HasSubstr("GET /2 "));
}

TEST_F(HttpServerTest, ClosesWhenTheClientAsks) {
  start();
  for (const char* request :
       {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    RawClient client = connect();
    const RawResponse r = client.ask(request);
    EXPECT_EQ(r.status, 200);
    EXPECT_TRUE(r.has("connection: close"));
    EXPECT_TRUE(client.closed_within(5s));
  }
  RawClient old = connect();
  EXPECT_TRUE(
      old.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").has("connection: keep-alive"));
  EXPECT_EQ(old.ask("GET / HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(HttpServerTest, HeadHasTheLengthAndNoBody) {
  start();
  RawClient client = connect();
  client.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawResponse r = client.response(true);
  EXPECT_TRUE(r.has("content-length: 10\r\n"));
  EXPECT_EQ(client.ask(kGet).body, "GET / ") << "the next response begins where the head ended";
}

TEST_F(HttpServerTest, ResponsesWithoutBodyHaveNoLength) {
  start({}, [](HttpRequest, HttpReply reply) { reply.send({.status = 204, .body = "ignored"}); });
  RawClient client = connect();
  for (int i = 0; i < 2; ++i) {
    const RawResponse r = client.ask(kGet);
    EXPECT_EQ(r.status, 204);
    EXPECT_FALSE(r.has("content-length"));
  }
}

TEST_F(HttpServerTest, ReadsChunkedBodies) {
  start();
  RawClient client = connect();
  client.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  EXPECT_EQ(client.ask("2\r\nde\r\n0\r\n\r\n").body, "POST /c abcde");
}

TEST_F(HttpServerTest, InvitesTheBodyOfAClientThatWaits) {
  start();
  RawClient client = connect();
  client.send("POST /c HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read_some(25), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("abc").body, "POST /c abc");
  // A client that does not wait is not invited.
  EXPECT_EQ(client
                .ask("POST /d HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                     "Content-Length: 3\r\n\r\nabc")
                .body,
            "POST /d abc");
}

TEST_F(HttpServerTest, RefusesABodyThatIsTooLargeBeforeItIsSent) {
  start({.max_body_bytes = 10});
  RawClient client = connect();
  EXPECT_EQ(client
                .ask("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                     "Content-Length: 11\r\n\r\n")
                .status,
            413);
}

TEST_F(HttpServerTest, SendsPartsFromWhereTheyLie) {
  auto block = std::make_shared<std::string>(5 << 20, 'b');
  const std::weak_ptr<std::string> watch = block;
  const std::shared_ptr<const void> owner = block;
  const std::string_view bytes = *block;
  HttpResponse response{.body = "head;"};
  response.parts = {
      {bytes, owner}, {";middle;", nullptr}, {"", nullptr}, {bytes.substr(0, 3), owner}};
  auto shared = std::make_shared<HttpResponse>(std::move(response));
  start({}, [shared](HttpRequest, HttpReply reply) { reply.send(std::move(*shared)); });
  block.reset();
  {
    const std::string expected = "head;" + std::string(5 << 20, 'b') + ";middle;bbb";
    RawClient client = connect();
    const RawResponse r = client.ask(kGet);
    EXPECT_EQ(r.status, 200);
    EXPECT_TRUE(r.body == expected) << r.body.size();
  }
  shared.reset();
  (void)owner;
  const_cast<std::shared_ptr<const void>&>(owner).reset();
  EXPECT_TRUE(eventually([&] { return watch.expired(); })) << "sent parts let go of their owners";
}

TEST_F(HttpServerTest, ReadsAndSendsLargeBodies) {
  start({.max_body_bytes = 32 << 20});
  std::string body(20 << 20, 'x');
  body[12'345'678] = 'y';
  RawClient client = connect();
  std::thread sender([&] {
    client.send("POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n");
    client.send(body);
  });
  sender.join();
  const RawResponse r = client.response();
  EXPECT_TRUE(r.body == "POST /c " + body) << r.status << " " << r.body.size();
}

TEST_F(HttpServerTest, AnswersOnceHoweverTheHandlerMisbehaves) {
  start({}, [](HttpRequest request, HttpReply reply) {
    if (request.path == "/drop") return;
    if (request.path == "/throw") throw std::runtime_error("oops");
    if (request.path == "/throw_int") throw 1;
    if (request.path == "/status") return reply.send({.status = 100});
    reply.send({.body = "one"});
    EXPECT_FALSE(reply.pending());
    reply.send({.body = "two"});
  });
  RawClient client = connect();
  for (const char* path : {"/drop", "/throw", "/throw_int", "/status"}) {
    const RawResponse r = client.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(r.status, 500) << path;
    EXPECT_THAT(r.body, HasSubstr("{\"error\":"));
  }
  EXPECT_EQ(client.ask(kGet).body, "one");
  EXPECT_EQ(client.ask(kGet).body, "one");
}

TEST_F(HttpServerTest, HeaderValuesCannotWriteFieldsOfTheirOwn) {
  start({}, [](HttpRequest request, HttpReply reply) {
    reply.send({.headers = {{"X-Model", *request.query_value("m")}, {"Content-Length", "999"}}});
  });
  RawClient client = connect();
  const RawResponse r =
      client.ask("GET /?m=a%0d%0aSet-Cookie:%20b%0d%0a%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(r.has("x-model: a  set-cookie: b")) << r.head;
  EXPECT_FALSE(r.has("\r\nset-cookie")) << r.head;
  EXPECT_TRUE(r.has("content-length: 0\r\n"));
}

TEST_F(HttpServerTest, RepliesMayOutliveClientAndServer) {
  Inbox inbox;
  start({}, inbox.handler());
  RawClient client = connect();
  client.send(kGet);
  auto item = inbox.take();
  client.reset();
  EXPECT_TRUE(eventually([&] { return item.request.cancelled(); }));
  RawClient second = connect();
  second.send(kGet);
  auto last = inbox.take();
  server_.reset();
  EXPECT_TRUE(last.request.cancelled());
  item.reply.send({});
  last.reply.send({});
}

TEST_F(HttpServerTest, CancelsTheRequestOfAClientThatLeaves) {
  Inbox inbox;
  start({}, inbox.handler());
  for (const bool orderly : {true, false}) {
    RawClient client = connect();
    client.send(kGet);
    auto [request, reply] = inbox.take();
    std::promise<void> told;
    const std::stop_callback on_stop(request.client_left, [&] { told.set_value(); });
    EXPECT_FALSE(request.cancelled());
    orderly ? client.close() : client.reset();
    EXPECT_EQ(told.get_future().wait_for(RawClient::kPatience), std::future_status::ready);
  }
  EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
  EXPECT_EQ(server_->stats().requests_in_flight, 0u);
}

TEST_F(HttpServerTest, ForgetsAClientThatLeavesInTheMiddleOfARequest) {
  start();
  for (const char* part :
       {"GE", "GET / HTTP/1.1\r\nHost",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na"}) {
    RawClient closing = connect();
    closing.send(part);
    closing.close();
    RawClient resetting = connect();
    resetting.send(part);
    resetting.reset();
  }
  EXPECT_TRUE(eventually([&] {
    const HttpServerStats stats = server_->stats();
    return stats.connections_accepted == 8 && stats.connections_open == 0;
  }));
  EXPECT_EQ(server_->stats().requests, 0u);
}

TEST_F(HttpServerTest, ServesManyConnectionsAtOnce) {
  constexpr int kClients = 200;
  constexpr int kRequests = 20;
  start({.io_threads = 2},
        [](HttpRequest request, HttpReply reply) { reply.send({.body = request.body}); });
  std::vector<RawClient> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(connect());
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_open == kClients; }));
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0; n < kRequests; ++n) {
        for (int i = t; i < kClients; i += 4) {
          clients[i].send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n" +
                          std::to_string(100'000 + i));
        }
        for (int i = t; i < kClients; i += 4) {
          if (clients[i].response().body == std::to_string(100'000 + i)) ++right;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kClients * kRequests);
  EXPECT_EQ(server_->stats().requests, static_cast<unsigned>(kClients * kRequests));
}

TEST_F(HttpServerTest, ListensOnSeveralAddresses) {
  start({.addresses = {"127.0.0.1:0", "localhost:0"}});
  ASSERT_EQ(server_->addresses().size(), 2u);
  for (const std::string& address : server_->addresses()) {
    RawClient client(address);
    EXPECT_EQ(client.ask(kGet).status, 200) << address;
  }
}

TEST_F(HttpServerTest, ListensOnIpv6) {
  auto server = HttpServer::start({.addresses = {"[::1]:0"}}, echo);
  if (!server.ok()) GTEST_SKIP() << "no IPv6 here: " << server.status().to_string();
  RawClient client((*server)->addresses()[0]);
  EXPECT_EQ(client.ask(kGet).status, 200);
}

TEST_F(HttpServerTest, StartFailsWithTheReason) {
  start();
  EXPECT_THAT(HttpServer::start({.addresses = {address()}}, echo),
              FailsWith(StatusCode::kAlreadyExists, address()));
  EXPECT_THAT(HttpServer::start({.addresses = {"127.0.0.1:99999"}}, echo),
              FailsWith(StatusCode::kInvalidArgument, "99999"));
  EXPECT_THAT(HttpServer::start({.addresses = {"203.0.113.7:0"}}, echo).status().to_string(),
              HasSubstr("203.0.113.7:0"));
  EXPECT_THAT(HttpServer::start({.addresses = {}}, echo),
              FailsWith(StatusCode::kInvalidArgument, "no address"));
  EXPECT_THAT(HttpServer::start({.io_threads = 0}, echo),
              FailsWith(StatusCode::kInvalidArgument, "io_threads is 0"));
  EXPECT_THAT(HttpServer::start({.idle_timeout = 0ms}, echo),
              FailsWith(StatusCode::kInvalidArgument, "timeout"));
  EXPECT_THAT(HttpServer::start({}, nullptr), FailsWith(StatusCode::kInvalidArgument, "handler"));
}

}  // namespace
}  // namespace tern::net
