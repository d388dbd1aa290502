#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "tests/net/server_fixture.h"
#include "tests/support/status_matchers.h"

namespace tern::net {
namespace {

using testing::FailsWith;
using testing::IsOk;
using namespace std::chrono_literals;

class HttpClientTest : public ServerFixture {
 protected:
  std::unique_ptr<HttpClient> client(HttpClientOptions options = {}) {
    auto made = HttpClient::create("http://" + address(), std::move(options));
    EXPECT_THAT(made, IsOk());
    return std::move(*made);
  }
};

TEST_F(HttpClientTest, KeepsItsConnection) {
  start();
  auto c = client();
  EXPECT_FALSE(c->connected());
  for (int i = 0; i < 10; ++i) {
    const auto r = c->post("/p", "body" + std::to_string(i), "text/plain");
    ASSERT_THAT(r, IsOk());
    EXPECT_EQ(r->status, 200);
    EXPECT_EQ(r->headers.find("content-type"), "text/plain");
    EXPECT_EQ(r->body, "POST /p body" + std::to_string(i));
    EXPECT_TRUE(c->connected());
  }
  EXPECT_EQ(server_->stats().connections_accepted, 1u);
}

TEST_F(HttpClientTest, ReconnectsAfterTheServerHasClosed) {
  start({.idle_timeout = 50ms});
  auto c = client();
  ASSERT_THAT(c->get("/1"), IsOk());
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
  ASSERT_THAT(c->get("/2"), IsOk());
  EXPECT_EQ(server_->stats().connections_accepted, 2u);
}

TEST_F(HttpClientTest, ReturnsResponsesOfAnyStatus) {
  start({}, [](HttpRequest request, HttpReply reply) {
    reply.send(error_response(404, "no " + request.path));
  });
  const auto r = http_get("http://" + address() + "/a/b?c");
  ASSERT_THAT(r, IsOk());
  EXPECT_EQ(r->status, 404);
  EXPECT_EQ(r->body, R"({"error":"no /a/b"})");
}

TEST_F(HttpClientTest, HandlesHeadAndLargeBodiesBothWays) {
  start();
  auto c = client();
  const auto head = c->request("HEAD", "/x");
  ASSERT_THAT(head, IsOk());
  EXPECT_EQ(head->headers.find("content-length"), "8");
  EXPECT_EQ(head->body, "");
  const std::string body(10 << 20, 'z');
  const auto r = c->post("/x", body);
  ASSERT_THAT(r, IsOk());
  EXPECT_TRUE(r->body == "POST /x " + body);
  EXPECT_EQ(server_->stats().connections_accepted, 1u);
}

TEST_F(HttpClientTest, ReadsTheAnswerToABodyThatWasRefused) {
  start({.max_body_bytes = 100});
  auto c = client();
  const auto r = c->post("/x", std::string(8 << 20, 'z'));
  ASSERT_THAT(r, IsOk());
  EXPECT_EQ(r->status, 413);
  EXPECT_FALSE(c->connected());
  EXPECT_EQ(c->post("/x", "ok")->status, 200);
}

TEST_F(HttpClientTest, LimitsTimeAndSize) {
  Inbox inbox;
  start({}, inbox.handler());
  auto c = client({.timeout = 100ms, .max_response_bytes = 1000});
  EXPECT_THAT(c->get("/slow"), FailsWith(StatusCode::kDeadlineExceeded, "100 ms"));
  EXPECT_FALSE(c->connected());
  auto item = inbox.take();
  EXPECT_TRUE(eventually([&] { return item.request.cancelled(); }));
  std::thread server([&] { inbox.take().reply.send({.body = std::string(1001, 'x')}); });
  auto large = client({.max_response_bytes = 1000});
  EXPECT_THAT(large->get("/large"), FailsWith(StatusCode::kResourceExhausted, "1000 bytes"));
  server.join();
}

TEST_F(HttpClientTest, RefusesWhatWouldBeAnotherRequest) {
  start();
  auto c = client();
  EXPECT_THAT(c->get("/a b"), FailsWith(StatusCode::kInvalidArgument, "/a b"));
  EXPECT_THAT(c->get(""), FailsWith(StatusCode::kInvalidArgument, "target"));
  EXPECT_THAT(c->request("GET", "/", {{"X", "a\r\nY: b"}}),
              FailsWith(StatusCode::kInvalidArgument, "header field X"));
  EXPECT_THAT(c->request("G T", "/"), FailsWith(StatusCode::kInvalidArgument, "method"));
}

TEST(HttpClient, SaysWhyItCannotConnect) {
  EXPECT_THAT(HttpClient::create("nonsense"), FailsWith(StatusCode::kInvalidArgument, "nonsense"));
  const auto refused = http_get("http://127.0.0.1:1/");
  EXPECT_THAT(refused, FailsWith(StatusCode::kUnavailable, "127.0.0.1:1"));
  EXPECT_THAT(http_get("http://name.invalid/"),
              FailsWith(StatusCode::kUnavailable, "name.invalid"));
}

// A server that accepts one connection, waits for the end of a request head and sends fixed bytes.
class FixedAnswer {
 public:
  explicit FixedAnswer(std::string answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 1);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    thread_ = std::thread([this] { serve(); });
  }
  ~FixedAnswer() {
    thread_.join();
    ::close(listener_);
  }
  const std::string& url() const { return url_; }

 private:
  void serve() {
    const int fd = ::accept(listener_, nullptr, nullptr);
    std::string head;
    char c;
    while (!head.ends_with("\r\n\r\n") && ::recv(fd, &c, 1, 0) == 1) head += c;
    (void)!::write(fd, answer_.data(), answer_.size());
    ::close(fd);
  }

  std::string answer_, url_;
  int listener_;
  std::thread thread_;
};

TEST(HttpClient, UnderstandsEveryFraming) {
  const std::pair<const char*, const char*> cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x\r\nbc\r\n0\r\nT: "
       "1\r\n\r\n",
       "abc"},
      {"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
       "x"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
  };
  for (const auto& [answer, body] : cases) {
    FixedAnswer server(answer);
    const auto r = http_get(server.url());
    ASSERT_THAT(r, IsOk()) << answer;
    EXPECT_EQ(r->body, body);
    EXPECT_FALSE(r->headers.contains("Link"));
  }
}

TEST(HttpClient, RefusesBrokenAnswers) {
  const std::tuple<std::string, StatusCode, const char*> cases[] = {
      {"", StatusCode::kUnavailable, "before the response was complete"},
      {"HTTP/1.1 200 OK\r\nContent-Le", StatusCode::kUnavailable,
       "before the response was complete"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", StatusCode::kUnavailable, "complete"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", StatusCode::kUnavailable,
       "complete"},
      {"SSH-2.0-OpenSSH\r\n\r\n", StatusCode::kDataLoss, "malformed"},
      {"HTTP/1.1 2000 OK\r\n\r\n", StatusCode::kDataLoss, "malformed"},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", StatusCode::kDataLoss, "malformed"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", StatusCode::kDataLoss,
       "malformed"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(300'000, 'x') + "\r\n\r\n", StatusCode::kDataLoss,
       "header limit"},
  };
  for (const auto& [answer, code, message] : cases) {
    FixedAnswer server(answer);
    EXPECT_THAT(http_get(server.url()), FailsWith(code, message)) << answer.substr(0, 80);
  }
}

}  // namespace
}  // namespace tern::net
