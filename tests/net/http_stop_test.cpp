// How a server ends: nothing accepted is dropped while there is grace, nothing is waited for after.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "net/http_server.h"
#include "tests/net/server_fixture.h"
#include "tests/support/status_matchers.h"

namespace tern::net {
namespace {

using testing::FailsWith;
using testing::IsOk;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class HttpStopTest : public ServerFixture {
 protected:
  std::future<Status> stop_in_background(std::chrono::milliseconds grace) {
    return std::async(std::launch::async, [this, grace] { return server_->stop(grace); });
  }
};

TEST_F(HttpStopTest, IdleConnectionsDoNotDelayIt) {
  start();
  RawClient used = connect();
  EXPECT_EQ(used.ask(kGet).status, 200);
  const auto begin = Clock::now();
  EXPECT_THAT(server_->stop(60s), IsOk());
  EXPECT_LT(Clock::now() - begin, 10s);
  EXPECT_EQ(used.read_to_end(), "");
  EXPECT_FALSE(connect().connected());
}

TEST_F(HttpStopTest, RequestsInFlightAreAnswered) {
  Inbox inbox;
  start({.io_threads = 2}, inbox.handler());
  std::vector<RawClient> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(connect());
    clients.back().send(kGet);
  }
  std::vector<Inbox::Item> items;
  for (int i = 0; i < 10; ++i) items.push_back(inbox.take());
  auto stopped = stop_in_background(60s);
  // The listener has gone once connections are refused; requests at the handler are not hurried.
  ASSERT_TRUE(eventually([&] { return !connect().connected(); }));
  EXPECT_EQ(stopped.wait_for(50ms), std::future_status::timeout);
  for (auto& item : items) {
    EXPECT_FALSE(item.request.cancelled());
    item.reply.send({.body = "done"});
  }
  for (RawClient& client : clients) {
    const RawResponse r = client.response();
    EXPECT_EQ(r.body, "done");
    EXPECT_TRUE(r.has("connection: close"));
    EXPECT_TRUE(client.closed_within(5s));
  }
  EXPECT_THAT(stopped.get(), IsOk());
}

TEST_F(HttpStopTest, RequestsThatAreArrivingAreServed) {
  start();
  RawClient head = connect();
  RawClient body = connect();
  head.send("GET /head HTTP/1.1\r\nHo");
  body.send("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
  RawClient fresh = connect();
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_open == 3; }));
  auto stopped = stop_in_background(60s);
  ASSERT_TRUE(eventually([&] { return !connect().connected(); }));
  fresh.send("GET /fresh HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(fresh.response().body, "GET /fresh ");
  EXPECT_EQ(head.ask("st: x\r\n\r\n").body, "GET /head ");
  EXPECT_EQ(body.ask("def").body, "POST /body abcdef");
  EXPECT_THAT(stopped.get(), IsOk());
}

TEST_F(HttpStopTest, PipelinedRequestsThatHaveArrivedAreServed) {
  Inbox inbox;
  start({}, inbox.handler());
  RawClient client = connect();
  client.send(std::string(kGet) + kGet + kGet);
  auto first = inbox.take();
  auto stopped = stop_in_background(60s);
  ASSERT_TRUE(eventually([&] { return !connect().connected(); }));
  first.reply.send({.body = "1"});
  inbox.take().reply.send({.body = "2"});
  inbox.take().reply.send({.body = "3"});
  for (const char* body : {"1", "2", "3"}) {
    const RawResponse r = client.response();
    EXPECT_EQ(r.body, body);
    EXPECT_EQ(r.has("connection: close"), r.body == "3");
  }
  EXPECT_THAT(stopped.get(), IsOk());
}

TEST_F(HttpStopTest, ConnectionsWaitingInTheKernelAreServed) {
  // The only I/O thread is busy, so that these clients are connected but not accepted yet.
  std::promise<void> busy, go;
  start({}, [&](HttpRequest request, HttpReply reply) {
    if (request.path == "/block") {
      busy.set_value();
      go.get_future().wait();
    }
    reply.send({.body = request.path});
  });
  RawClient blocker = connect();
  blocker.send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");
  busy.get_future().wait();
  std::vector<RawClient> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(connect());
    waiting.back().send("GET /waited HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  auto stopped = stop_in_background(60s);
  std::this_thread::sleep_for(50ms);
  go.set_value();
  EXPECT_EQ(blocker.response().body, "/block");
  for (RawClient& client : waiting) EXPECT_EQ(client.response().body, "/waited");
  EXPECT_THAT(stopped.get(), IsOk());
}

TEST_F(HttpStopTest, AfterTheGraceRequestsAreCutOffAndCounted) {
  Inbox inbox;
  start({}, inbox.handler());
  RawClient a = connect();
  RawClient b = connect();
  a.send(kGet);
  b.send(kGet);
  auto first = inbox.take();
  auto second = inbox.take();
  const auto begin = Clock::now();
  EXPECT_THAT(server_->stop(100ms), FailsWith(StatusCode::kDeadlineExceeded, "2 requests"));
  EXPECT_LT(Clock::now() - begin, 10s);
  EXPECT_TRUE(first.request.cancelled());
  EXPECT_TRUE(second.request.cancelled());
  EXPECT_EQ(a.read_to_end(), "");
  EXPECT_EQ(b.read_to_end(), "");
  first.reply.send({});
}

TEST_F(HttpStopTest, ASlowClientCannotHoldItBeyondTheGrace) {
  start();
  RawClient slow = connect();
  slow.send("GET / HTTP");
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_open == 1; }));
  const auto begin = Clock::now();
  EXPECT_THAT(server_->stop(100ms), IsOk());
  EXPECT_LT(Clock::now() - begin, 10s);
}

TEST_F(HttpStopTest, ASecondStopReturnsAndAHandlerCannotStop) {
  std::promise<Status> from_handler;
  start({}, [&](HttpRequest, HttpReply reply) {
    from_handler.set_value(server_->stop(1s));
    reply.send({});
  });
  RawClient client = connect();
  EXPECT_EQ(client.ask(kGet).status, 200);
  EXPECT_EQ(from_handler.get_future().get().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(server_->stop(1s), IsOk());
  EXPECT_THAT(server_->stop(1s), IsOk());
}

TEST_F(HttpStopTest, EveryAcceptedConnectionIsAnsweredUnderLoad) {
  start({.io_threads = 2});
  std::atomic<unsigned> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      while (true) {
        RawClient client = connect();
        if (!client.connected()) return;
        if (client.ask(kGet).status == 200) ++answered;
        for (int n = 0; n < 5 && client.ask(kGet).status == 200; ++n) {
        }
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return answered > 500; }));
  EXPECT_THAT(server_->stop(60s), IsOk());
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, server_->stats().connections_accepted);
  EXPECT_EQ(server_->stats().connections_open, 0u);
}

}  // namespace
}  // namespace tern::net
