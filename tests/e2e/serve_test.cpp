// `tern serve` as a user has it: the real binary on a free port, with good, bad and rude clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>

#include "base/file.h"
#include "base/json.h"
#include "tensor/npy.h"
#include "tests/e2e/tern_process.h"
#include "tests/net/raw_client.h"
#include "tests/serve/models.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::serve {
namespace {

using net::RawClient;
using net::RawResponse;
using ::testing::HasSubstr;
using testing::TempDir;
using testing::TernProcess;

constexpr const char* kBody =
    R"({"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]})";
constexpr const char* kAnswer =
    R"({"model_name":"doubling","model_version":"1","outputs":[{"name":"y","datatype":"FP32",)"
    R"("shape":[1,3],"data":[2,4,6]}]})";

std::string post_bytes(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

const std::string& infer_bytes() {
  static const std::string bytes = post_bytes("/v2/models/doubling/infer", kBody);
  return bytes;
}

class ServeTest : public ::testing::Test {
 protected:
  ServeTest() { write_model(doubling_graph(), models_.file("doubling.onnx")); }

  // Starts `tern serve` on the folder of models and waits until it is ready.
  void start(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"serve", "--models", models_.path(), "--http",
                                       "127.0.0.1:0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server_.emplace(arguments);
    const std::optional<std::string> line = server_->await_line("ready ");
    if (!line) (void)server_->wait();
    ASSERT_TRUE(line) << server_->errors();
    constexpr std::string_view kPrefix = "ready http://";
    ASSERT_TRUE(line->starts_with(kPrefix)) << *line;
    address_ = line->substr(kPrefix.size());
  }

  RawClient connect() const { return RawClient(address_); }
  RawResponse get(const std::string& target) const {
    return connect().ask("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  void expect_answer() const { EXPECT_EQ(connect().ask(infer_bytes()).body, kAnswer); }
  // Everything is answered, and the exit code says so.
  void expect_clean_stop(int number = SIGTERM) {
    server_->send_signal(number);
    EXPECT_EQ(server_->wait(), 0) << server_->errors();
  }

  TempDir models_;
  std::string address_;
  std::optional<TernProcess> server_;
};

TEST_F(ServeTest, StartsServesAndStops) {
  for (const int number : {SIGTERM, SIGINT}) {
    start();
    EXPECT_EQ(get("/v2/health/live").status, 200);
    EXPECT_EQ(get("/v2/health/ready").status, 200);
    expect_answer();
    EXPECT_THAT(get("/v2/models/doubling").body, HasSubstr(R"("name":"doubling")"));
    EXPECT_THAT(get("/metrics").body, HasSubstr("\nnv_inference_request_success"));
    EXPECT_THAT(get("/").body, HasSubstr("doubling"));
    expect_clean_stop(number);
    EXPECT_EQ(server_->output(), "ready http://" + address_ + "\n");
  }
}

TEST_F(ServeTest, OneModelFileIsEnough) {
  server_.emplace(std::vector<std::string>{"serve", "--models", models_.file("doubling.onnx"),
                                           "--http", "127.0.0.1:0"});
  const auto line = server_->await_line("ready ");
  ASSERT_TRUE(line);
  address_ = line->substr(std::string_view("ready http://").size());
  expect_answer();
  expect_clean_stop();
}

TEST_F(ServeTest, TritonsLayoutIsRead) {
  write_model(doubling_graph(), models_.file("deep/1/model.onnx"));
  write_model(two_input_graph(), models_.file("deep/2/model.onnx"));
  start();
  EXPECT_THAT(get("/v2/models/deep").body, HasSubstr(R"("versions":["2"])"));
  expect_clean_stop();
  start({"--versions", "all"});
  EXPECT_THAT(get("/v2/models/deep/versions/1").body, HasSubstr(R"("versions":["1","2"])"));
  EXPECT_EQ(connect().ask(post_bytes("/v2/models/deep/versions/1/infer", kBody)).status, 200);
  expect_clean_stop();
}

TEST_F(ServeTest, MistakesAreAnsweredAndItGoesOn) {
  start({"--max-body-mb", "1"});
  RawClient client = connect();
  const auto ask = [&](const std::string& body) {
    return client.ask(post_bytes("/v2/models/doubling/infer", body)).status;
  };
  EXPECT_EQ(ask("{"), 400);
  EXPECT_EQ(ask("\xff"), 400);
  EXPECT_EQ(ask(R"({"inputs":[{"name":"x","shape":[1,3],"datatype":"INT8","data":[1,2,3]}]})"),
            400);
  EXPECT_EQ(ask(R"({"inputs":[{"name":"x","shape":[3],"datatype":"FP32","data":[1,2,3]}]})"), 400);
  EXPECT_EQ(ask(R"({"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,"a"]}]})"),
            400);
  EXPECT_EQ(ask(R"({"inputs":)" + std::string(1'000'000, '[') + "}"), 400);
  EXPECT_EQ(client.ask(post_bytes("/v2/models/absent/infer", kBody)).status, 404);
  EXPECT_EQ(client.ask("DELETE /v2 HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
  EXPECT_EQ(client.ask(infer_bytes()).body, kAnswer) << "on the same connection";
  EXPECT_EQ(
      connect().ask(post_bytes("/v2/models/doubling/infer", std::string(1'048'577, ' '))).status,
      413);
  EXPECT_EQ(connect().ask("nonsense\r\n\r\n").status, 400);
  expect_answer();
  expect_clean_stop();
}

TEST_F(ServeTest, PredictForPeople) {
  write_model(colour_graph(), models_.file("colour.onnx"));
  start();
  const RawResponse colour = connect().ask(post_bytes("/predict/colour", "[0,9,0]"));
  EXPECT_EQ(colour.status, 200);
  EXPECT_THAT(colour.body, HasSubstr(R"("predictions":[{"label":"green","probability":0.99)"));
  ASSERT_THAT(write_npy(models_.file("x.npy"), Tensor::vector<float>({1, 2, 3})), testing::IsOk());
  const std::string npy = *read_file(models_.file("x.npy"));
  EXPECT_EQ(connect().ask(post_bytes("/predict/doubling", npy)).body,
            R"({"model":"doubling","version":"1","outputs":{"y":[[2,4,6]]}})");
  expect_clean_stop();
}

TEST_F(ServeTest, SlowAndVanishingClientsHarmNobody) {
  start({"--io-threads", "1"});
  std::vector<RawClient> rude;
  const std::string& request = infer_bytes();
  for (const std::size_t part : {std::size_t{1}, std::size_t{20}, request.size() - 1}) {
    rude.push_back(connect());
    ASSERT_TRUE(rude.back().send(std::string_view(request).substr(0, part)));
  }
  for (int i = 0; i < 20; ++i) {
    RawClient gone = connect();
    ASSERT_TRUE(gone.send(request));
    if (i % 2 == 0) gone.reset();
  }
  for (int i = 0; i < 20; ++i) expect_answer();
  // A slow client is served in the end.
  EXPECT_EQ(rude[2].ask(request.substr(request.size() - 1)).body, kAnswer);
  EXPECT_EQ(rude[1].ask(request.substr(20)).body, kAnswer);
  rude.clear();
  expect_clean_stop();
}

TEST_F(ServeTest, AHundredClientsAtOnce) {
  start({"--io-threads", "2"});
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int c = 0; c < 100; ++c) {
    clients.emplace_back([&, c] {
      RawClient client = connect();
      for (int i = 0; i < 10; ++i) {
        const std::string n = std::to_string(10 * c + i);
        const std::string twice = std::to_string(2 * (10 * c + i));
        const RawResponse response = client.ask(
            post_bytes("/v2/models/doubling/infer",
                       R"({"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[)" + n +
                           ",0," + n + "]}]}"));
        if (response.status == 200 &&
            response.body.find("[" + twice + ",0," + twice + "]") != std::string::npos) {
          ++right;
        }
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 1000);
  EXPECT_THAT(get("/metrics").body,
              HasSubstr("nv_inference_request_success{model=\"doubling\",version=\"1\"} 1000\n"));
  expect_clean_stop();
}

// Clients ask without a pause while the server is told to stop. A request whose bytes were all with
// the server's side of the connection before the signal must be answered, and no answer may end
// early. Later requests may find the connection closed.
TEST_F(ServeTest, WhatWasAcceptedBeforeSigtermIsAnswered) {
  start({"--io-threads", "2"});
  std::atomic<bool> signalled{false};
  std::atomic<int> answered{0};
  std::atomic<int> lost{0};
  std::atomic<int> torn{0};
  std::atomic<int> wrong{0};
  std::atomic<int> asking{16};
  std::vector<std::thread> clients;
  for (int c = 0; c < 16; ++c) {
    clients.emplace_back([&, c] {
      const std::shared_ptr<void> end(nullptr, [&](void*) { --asking; });
      const bool keep_alive = c % 2 == 0;
      RawClient kept = connect();
      while (true) {
        RawClient fresh = keep_alive ? RawClient("") : connect();
        RawClient& client = keep_alive ? kept : fresh;
        if (!client.connected()) return;
        const bool sent = client.send(infer_bytes());
        // Loopback: what send() took is in the server's receive buffer.
        const bool before = sent && !signalled;
        if (!sent) return;
        const RawResponse response = client.response();
        if (response.status == 200) {
          ++answered;
          if (response.body != kAnswer) ++wrong;
          continue;
        }
        if (response.status != 0) ++wrong;
        if (client.buffered() > 0) ++torn;
        if (before) ++lost;
        return;
      }
    });
  }
  while (answered < 200 && asking > 0) std::this_thread::yield();
  EXPECT_EQ(asking, 16);
  signalled = true;
  server_->send_signal(SIGTERM);
  EXPECT_EQ(server_->wait(), 0) << server_->errors();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(wrong, 0);
}

TEST_F(ServeTest, AClientThatNeverEndsDoesNotOutliveTheGrace) {
  start({"--grace-ms", "100"});
  RawClient slow = connect();
  ASSERT_TRUE(slow.send("POST /v2/models/doubling/infer HTTP/1.1\r\nHost: x\r\nContent-Le"));
  expect_answer();
  expect_clean_stop();
}

TEST_F(ServeTest, ASecondSignalEndsItAtOnce) {
  start({"--grace-ms", "86400000"});
  RawClient slow = connect();
  ASSERT_TRUE(slow.send("POST /v2/models/doubling/infer HTTP/1.1\r\nHost: x\r\nContent-Le"));
  expect_answer();
  server_->send_signal(SIGTERM);
  // New connections are refused once the first signal is being handled.
  while (connect().connected()) std::this_thread::yield();
  server_->send_signal(SIGTERM);
  EXPECT_EQ(server_->wait(), -SIGTERM);
}

TEST_F(ServeTest, ABrokenModelIsSaidToBeAndNothingIsServed) {
  (void)models_.write("bad.onnx", "this is no model");
  server_.emplace(
      std::vector<std::string>{"serve", "--models", models_.path(), "--http", "127.0.0.1:0"});
  EXPECT_FALSE(server_->await_line("ready"));
  EXPECT_NE(server_->wait(), 0);
  EXPECT_THAT(server_->errors(), HasSubstr("bad.onnx: "));
  start({"--allow-failed-models"});
  expect_answer();
  EXPECT_EQ(get("/v2/models/bad/ready").status, 503);
  expect_clean_stop();
}

TEST_F(ServeTest, AnAddressInUseIsSaidToBe) {
  start();
  TernProcess second({"serve", "--models", models_.path(), "--http", address_});
  EXPECT_FALSE(second.await_line("ready"));
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.errors(), HasSubstr(address_));
  expect_clean_stop();
}

TEST_F(ServeTest, BadUsageIsExitCodeTwo) {
  const auto code = [](std::vector<std::string> arguments) {
    TernProcess process(std::move(arguments));
    return process.wait();
  };
  EXPECT_EQ(code({"serve"}), 2);
  EXPECT_EQ(code({"serve", "--models", models_.path(), "--http", "nowhere"}), 2);
  EXPECT_EQ(code({"serve", "--models", models_.path(), "--max-batch", "0"}), 2);
  EXPECT_EQ(code({"serve", "--models", models_.path(), "--tls-key", "k.pem"}), 2);
  EXPECT_EQ(code({"serve", "--models", models_.path(), "--log-level", "loud"}), 2);
  EXPECT_EQ(code({"serve", "--models", models_.file("absent"), "--http", "127.0.0.1:0"}), 1);
  EXPECT_EQ(code({"serve", "--help"}), 0);
}

}  // namespace
}  // namespace tern::serve
