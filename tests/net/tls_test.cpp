#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_server.h"
#include "tests/net/certificate.h"
#include "tests/net/server_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::net {
namespace {

using testing::FailsWith;
using testing::IsOk;
using namespace std::chrono_literals;

class TlsTest : public ServerFixture {
 protected:
  void SetUp() override {
    certificate_ = dir_.file("cert.pem");
    key_ = dir_.file("key.pem");
    write_self_signed_certificate(certificate_, key_);
  }
  HttpServerOptions tls_options() const {
    return {.tls = TlsFiles{.certificate_file = certificate_, .key_file = key_}};
  }
  std::unique_ptr<HttpClient> client(ClientTls tls) const {
    auto made = HttpClient::create("https://" + address(), {.tls = std::move(tls)});
    EXPECT_THAT(made, IsOk());
    return std::move(*made);
  }

  testing::TempDir dir_;
  std::string certificate_, key_;
};

TEST_F(TlsTest, ServesOverTls) {
  start(tls_options());
  auto c = client({.ca_file = certificate_});
  const std::string body(3 << 20, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto r = c->post("/x", body);
    ASSERT_THAT(r, IsOk());
    EXPECT_TRUE(r->body == "POST /x " + body);
  }
  EXPECT_EQ(server_->stats().connections_accepted, 1u);
  EXPECT_THAT(server_->stop(10s), IsOk());
}

TEST_F(TlsTest, SendsLargeScatteredResponses) {
  const std::string part(1 << 20, 'p');
  start(tls_options(), [&](HttpRequest, HttpReply reply) {
    reply.send({.body = "head", .parts = {{part, nullptr}, {"tail", nullptr}}});
  });
  auto c = client({.verify = false});
  for (int i = 0; i < 3; ++i) {
    const auto r = c->get("/");
    ASSERT_THAT(r, IsOk());
    EXPECT_TRUE(r->body == "head" + part + "tail");
  }
}

TEST_F(TlsTest, TheClientChecksTheCertificate) {
  start(tls_options());
  EXPECT_THAT(client({})->get("/"), FailsWith(StatusCode::kUnavailable, "TLS handshake"));
  EXPECT_THAT(client({.verify = false})->get("/"), IsOk());
  const std::string port = address().substr(address().rfind(':'));
  auto other = HttpClient::create("https://localhost" + port, {.tls = {.ca_file = certificate_}});
  ASSERT_THAT(other, IsOk());
  EXPECT_THAT((*other)->get("/"), FailsWith(StatusCode::kUnavailable, "TLS handshake"))
      << "the certificate is for 127.0.0.1 only";
}

TEST_F(TlsTest, PlainAndSilentClientsAreClosed) {
  HttpServerOptions options = tls_options();
  options.header_timeout = 150ms;
  start(options);
  RawClient plain = connect();
  plain.send(kGet);
  EXPECT_TRUE(plain.closed_within(10s));
  RawClient silent = connect();
  EXPECT_TRUE(silent.closed_within(10s));
  EXPECT_EQ(server_->stats().requests, 0u);
}

TEST_F(TlsTest, AClientThatLeavesIsNoticed) {
  Inbox inbox;
  start(tls_options(), inbox.handler());
  auto c = HttpClient::create("https://" + address(), {.timeout = 100ms, .tls = {.verify = false}});
  ASSERT_THAT(c, IsOk());
  EXPECT_THAT((*c)->get("/"), FailsWith(StatusCode::kDeadlineExceeded, "100 ms"));
  auto item = inbox.take();
  EXPECT_TRUE(eventually([&] { return item.request.cancelled(); }));
  item.reply.send({});
  EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
}

TEST_F(TlsTest, StopClosesIdleConnections) {
  start(tls_options());
  auto c = client({.verify = false});
  ASSERT_THAT(c->get("/"), IsOk());
  EXPECT_THAT(server_->stop(10s), IsOk());
  EXPECT_THAT(c->get("/"), FailsWith(StatusCode::kUnavailable, "connect"));
}

TEST_F(TlsTest, UnusableFilesAreNamed) {
  EXPECT_THAT(HttpServer::start({.tls = TlsFiles{"/none.pem", key_}}, echo),
              FailsWith(StatusCode::kInvalidArgument, "/none.pem"));
  EXPECT_THAT(HttpServer::start({.tls = TlsFiles{certificate_, certificate_}}, echo),
              FailsWith(StatusCode::kInvalidArgument, certificate_));
  const std::string other_certificate = dir_.file("other.pem");
  const std::string other_key = dir_.file("other_key.pem");
  write_self_signed_certificate(other_certificate, other_key);
  EXPECT_THAT(HttpServer::start({.tls = TlsFiles{certificate_, other_key}}, echo),
              FailsWith(StatusCode::kInvalidArgument, other_key));
}

}  // namespace
}  // namespace tern::net
