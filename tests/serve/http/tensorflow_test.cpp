#include "serve/http/tensorflow.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

TEST(TensorflowStatus, TellsTheStateOfVersions) {
  const std::vector<ModelStatus> versions{
      {.name = "a", .version = 1},
      {.name = "a", .version = 2, .state = ModelState::kFailed, .reason = "broken"},
      {.name = "a", .version = 3, .state = ModelState::kReady}};
  EXPECT_EQ(
      write_tensorflow_status(versions),
      R"({"model_version_status":[)"
      R"({"version":"1","state":"END","status":{"error_code":"OK","error_message":""}},)"
      R"({"version":"2","state":"END","status":{"error_code":"UNKNOWN","error_message":"broken"}},)"
      R"({"version":"3","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]})");
}

}  // namespace
}  // namespace tern::serve
