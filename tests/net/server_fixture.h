// ServerFixture: a running HttpServer on a free port of the loopback interface, and handlers for
// it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "net/http_server.h"
#include "tests/net/raw_client.h"

namespace tern::net {

/// Replies with the method, the path and the body of the request.
inline void echo(HttpRequest request, HttpReply reply) {
  HttpResponse response;
  response.headers.add("Content-Type", "text/plain");
  response.body = request.method + " " + request.path + " " + request.body;
  reply.send(std::move(response));
}

/// A handler that keeps requests until the test takes them.
class Inbox {
 public:
  struct Item {
    HttpRequest request;
    HttpReply reply;
  };

  HttpHandler handler() {
    return [this](HttpRequest request, HttpReply reply) {
      const std::lock_guard lock(mu_);
      items_.push_back({std::move(request), std::move(reply)});
      arrived_.notify_all();
    };
  }

  /// Waits for the next request; fails the test and throws when none comes.
  Item take() {
    std::unique_lock lock(mu_);
    if (!arrived_.wait_for(lock, RawClient::kPatience, [&] { return !items_.empty(); })) {
      ADD_FAILURE() << "no request arrived";
      throw std::runtime_error("no request arrived");
    }
    Item item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

  std::size_t size() {
    const std::lock_guard lock(mu_);
    return items_.size();
  }

 private:
  std::mutex mu_;
  std::condition_variable arrived_;
  std::deque<Item> items_;
};

class ServerFixture : public ::testing::Test {
 protected:
  void start(HttpServerOptions options = {}, HttpHandler handler = echo) {
    auto server = HttpServer::start(std::move(options), std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status().to_string();
    server_ = std::move(*server);
  }

  const std::string& address() const { return server_->addresses()[0]; }
  RawClient connect() const { return RawClient(address()); }

  std::unique_ptr<HttpServer> server_;
};

/// Polls `condition` until it holds; false after kPatience.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + RawClient::kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

inline constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace tern::net
