#include "net/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tern::net {
namespace {

using ::testing::HasSubstr;

// Feeds `bytes` in pieces of `piece` as a connection would: what was not taken is offered again.
void feed(RequestParser& parser, std::string_view bytes, std::size_t piece) {
  std::string waiting;
  while (!bytes.empty()) {
    const std::string_view next = bytes.substr(0, piece);
    bytes.remove_prefix(next.size());
    waiting += next;
    waiting.erase(0, parser.feed(waiting));
  }
}

constexpr std::string_view kPost =
    "POST /v2/models/a%20b/infer?trace=1&x=%3D HTTP/1.1\r\nHost: h\r\nContent-Type:  a/b \r\n"
    "X-Empty:\r\nContent-Length: 11\r\n\r\nhello world";
constexpr std::string_view kChunked =
    "\r\nPUT http://h:1?q HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n";

TEST(RequestParser, ReadsTheSameHoweverTheBytesArrive) {
  for (std::size_t piece = 1; piece < kPost.size() + 1; ++piece) {
    RequestParser parser({});
    feed(parser, kPost, piece);
    ASSERT_EQ(parser.stage(), ParseStage::kComplete) << "pieces of " << piece;
    EXPECT_TRUE(parser.keep_alive());
    const HttpRequest r = parser.take();
    EXPECT_EQ(r.method, "POST");
    EXPECT_EQ(r.target, "/v2/models/a%20b/infer?trace=1&x=%3D");
    EXPECT_EQ(r.path, "/v2/models/a%20b/infer");
    EXPECT_EQ(r.query_value("trace"), "1");
    EXPECT_EQ(r.query_value("x"), "=");
    EXPECT_EQ(r.query_value("y"), std::nullopt);
    EXPECT_EQ(r.headers.size(), 4u);
    EXPECT_EQ(r.headers.find("content-type"), "a/b");
    EXPECT_EQ(r.headers.find("x-empty"), "");
    EXPECT_EQ(r.body, "hello world");
    EXPECT_GE(r.body.capacity(), r.body.size() + HttpRequest::kBodyPadding);
  }
}

TEST(RequestParser, JoinsChunksAndDropsTrailers) {
  for (std::size_t piece = 1; piece < kChunked.size() + 1; ++piece) {
    RequestParser parser({});
    feed(parser, kChunked, piece);
    ASSERT_EQ(parser.stage(), ParseStage::kComplete) << "pieces of " << piece;
    const HttpRequest r = parser.take();
    EXPECT_EQ(r.path, "/");
    EXPECT_EQ(r.query.size(), 1u);
    EXPECT_EQ(r.body, "hello world");
    EXPECT_FALSE(r.headers.contains("Trailer"));
    EXPECT_GE(r.body.capacity(), r.body.size() + HttpRequest::kBodyPadding);
  }
}

TEST(RequestParser, LeavesTheNextRequestAlone) {
  RequestParser parser({});
  const std::string two = std::string(kPost) + std::string(kChunked);
  EXPECT_EQ(parser.feed(two), kPost.size());
  EXPECT_EQ(parser.feed("more"), 0u);
  parser.reset();
  EXPECT_EQ(parser.feed(std::string_view(two).substr(kPost.size())), kChunked.size());
  EXPECT_EQ(parser.take().body, "hello world");
}

TEST(RequestParser, TakesABodyWithoutACopy) {
  RequestParser parser({});
  parser.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\nabc");
  ASSERT_EQ(parser.stage(), ParseStage::kBody);
  std::size_t left = 3'000'000 - 3;
  while (parser.stage() == ParseStage::kBody) {
    const auto space = parser.body_space();
    ASSERT_FALSE(space.empty());
    ASSERT_LE(space.size(), left);
    std::fill(space.begin(), space.end(), 'x');
    parser.body_filled(space.size());
    left -= space.size();
  }
  const HttpRequest r = parser.take();
  EXPECT_EQ(r.body.size(), 3'000'000u);
  EXPECT_EQ(r.body.substr(0, 5), "abcxx");
  EXPECT_GE(r.body.capacity(), r.body.size() + HttpRequest::kBodyPadding);
}

TEST(RequestParser, MemoryFollowsWhatArrivesNotWhatIsPromised) {
  RequestParser parser({.body_bytes = std::size_t{1} << 40});
  parser.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n");
  ASSERT_EQ(parser.stage(), ParseStage::kBody);
  EXPECT_LE(parser.body_space().size(), 1u << 20);
}

struct Refusal {
  const char* bytes;
  int status;
  const char* message;
};

class RefusedRequests : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedRequests, FailWithStatusAndReason) {
  const RequestParser::Limits limits{.header_bytes = 200, .header_fields = 5, .body_bytes = 10};
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    RequestParser parser(limits);
    feed(parser, GetParam().bytes, piece);
    ASSERT_EQ(parser.stage(), ParseStage::kFailed) << "pieces of " << piece;
    EXPECT_EQ(parser.failure().status, GetParam().status) << parser.failure().message;
    EXPECT_THAT(parser.failure().message, HasSubstr(GetParam().message));
  }
}

#define HEAD "POST / HTTP/1.1\r\nHost: h\r\n"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedRequests,
    ::testing::Values(
        // the request line
        Refusal{" / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "malformed"},
        Refusal{"G\x01T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "malformed"},
        Refusal{"GET  HTTP/1.1\r\nHost: h\r\n\r\n", 400, "malformed"},
        Refusal{"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 400, "not HTTP/1.0 or HTTP/1.1"},
        Refusal{"GET / HTP/1.1\r\nHost: h\r\n\r\n", 400, "not HTTP/1.0 or HTTP/1.1"},
        Refusal{"GET /\r\nHost: h\r\n\r\n", 400, "malformed"},
        Refusal{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400, "malformed"},
        Refusal{"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "neither a path nor a URL"},
        Refusal{"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, "neither a path nor a URL"},
        Refusal{"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "neither a path nor a URL"},
        Refusal{"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400, "%-escape"},
        Refusal{"GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "%-escape"},
        Refusal{"GET /?%4 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "%-escape"},
        // fields
        Refusal{"GET / HTTP/1.1\r\n\r\n", 400, "exactly one Host field, this one has 0"},
        Refusal{HEAD "Host: g\r\n\r\n", 400, "this one has 2"},
        Refusal{HEAD "no colon\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "name : x\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "a: b\x01\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "Expect: cake\r\n\r\n", 417, "100-continue"},
        // framing, where two readings would be two requests
        Refusal{HEAD "Content-Length: -1\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "Content-Length: 1x\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "Content-Length: 18446744073709551616\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "Transfer-Encoding: gzip\r\n\r\n", 501, "chunked"},
        Refusal{HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "chunked"},
        Refusal{HEAD "Transfer-Encoding: chunked, chunked\r\n\r\n", 501, "chunked"},
        Refusal{HEAD "Transfer-Encoding: xchunked\r\n\r\n", 501, "chunked"},
        Refusal{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0"},
        // chunks
        Refusal{HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\nabc", 400, "malformed"},
        Refusal{HEAD "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc", 400, "malformed"},
        Refusal{HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400, "malformed"},
        Refusal{HEAD "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n", 400, "malformed"},
        Refusal{HEAD "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n", 400, "malformed"},
        Refusal{HEAD "Transfer-Encoding: chunked\r\n\r\n1;a=" X50 X50 X50 X50 X50, 400,
                "chunk header is too long"},
        Refusal{HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\na: " X50 X50 X50 X50 X50, 400,
                "chunk header is too long"},
        // sizes
        Refusal{"GET /" X50 X50 X50 X50 " HTTP/1.1\r\nHost: h\r\n\r\n", 431, "200 bytes"},
        Refusal{X50 X50 X50 X50 X50, 431, "200 bytes"},
        Refusal{HEAD "a: " X50 X50 X50 X50 "\r\n\r\n", 431, "200 bytes"},
        Refusal{HEAD "a:" X50 "\r\nb:" X50 "\r\nc:" X50 "\r\nd:" X50 "\r\n\r\n", 431, "200 bytes"},
        Refusal{HEAD "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\n\r\n", 431, "head is larger"},
        Refusal{HEAD "Content-Length: 11\r\n\r\n", 413, "10 bytes"},
        Refusal{HEAD "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nghijk\r\n", 413,
                "10 bytes"}));

TEST(RequestParser, AcceptsExactlyTheLimits) {
  const RequestParser::Limits limits{.header_bytes = 60, .header_fields = 2, .body_bytes = 10};
  std::string request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
  ASSERT_LE(request.size(), 60u);
  request.insert(request.find(" HTTP"), std::string(60 - request.size(), 'x'));
  RequestParser parser(limits);
  EXPECT_EQ(parser.feed(request + "0123456789"), 70u);
  EXPECT_EQ(parser.stage(), ParseStage::kComplete);
}

TEST(RequestParser, TellsWhetherTheConnectionMayBeKept) {
  const std::pair<const char*, bool> cases[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: x, close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const auto& [bytes, keep_alive] : cases) {
    RequestParser parser({});
    parser.feed(bytes);
    ASSERT_EQ(parser.stage(), ParseStage::kComplete) << bytes;
    EXPECT_EQ(parser.keep_alive(), keep_alive) << bytes;
  }
}

TEST(RequestParser, SurvivesDamagedRequests) {
  std::mt19937 random(7);  // a fixed seed: the same damage every time
  const RequestParser::Limits limits{.header_bytes = 512, .body_bytes = 64};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(i % 2 ? kPost : kChunked);
    const int damages = 1 + static_cast<int>(random() % 4);
    for (int d = 0; d < damages; ++d) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.erase(at, 1 + random() % 8); break;
        case 2: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 30)); break;
        case 3: bytes.insert(at, "\r\n"); break;
      }
      if (bytes.empty()) bytes = "x";
    }
    RequestParser parser(limits);
    feed(parser, bytes, 1 + random() % 40);
    if (parser.stage() == ParseStage::kComplete) {
      EXPECT_LE(parser.take().body.size(), limits.body_bytes);
    }
  }
}

}  // namespace
}  // namespace tern::net
