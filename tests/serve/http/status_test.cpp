#include "serve/http/status.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace tern::serve {
namespace {

TEST(HttpStatus, OfEveryCode) {
  const int expected[] = {200, 499, 500, 400, 504, 404, 409, 403, 503,
                          400, 409, 400, 501, 500, 503, 500, 401};
  for (int code = 0; code <= 16; ++code) {
    EXPECT_EQ(http_status(static_cast<StatusCode>(code)), expected[code]) << code;
  }
}

TEST(ErrorResponse, HasTheMessageAndSaysWhenToComeAgain) {
  const net::HttpResponse missing = error_response(not_found("no \"{}\"", "x"));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"error":"no \"x\""})");
  EXPECT_FALSE(missing.headers.contains("Retry-After"));
  EXPECT_EQ(error_response(resource_exhausted("full")).headers.find("Retry-After"), "1");
}

}  // namespace
}  // namespace tern::serve
