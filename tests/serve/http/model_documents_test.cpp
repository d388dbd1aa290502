#include "serve/http/model_documents.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using testing::FailsWith;

TEST(RepositoryIndex, TellsStatesAndReasons) {
  const std::vector<ModelStatus> models{
      {.name = "a", .version = 2, .state = ModelState::kReady},
      {.name = "b", .state = ModelState::kFailed, .reason = "broken"},
      {.name = "c"},
      {.name = "d", .state = ModelState::kLoading}};
  EXPECT_EQ(write_repository_index(models, false),
            R"([{"name":"a","version":"2","state":"READY","reason":""},)"
            R"({"name":"b","version":"1","state":"UNAVAILABLE","reason":"broken"},)"
            R"({"name":"c","version":"1","state":"UNAVAILABLE","reason":"unloaded"},)"
            R"({"name":"d","version":"1","state":"LOADING","reason":""}])");
  EXPECT_EQ(write_repository_index(models, true),
            R"([{"name":"a","version":"2","state":"READY","reason":""}])");
}

TEST(LoadRequest, MayHaveAConfiguration) {
  EXPECT_FALSE(read_load_request("")->config);
  EXPECT_FALSE(read_load_request(R"({"parameters":{"other":1}})")->config);
  EXPECT_EQ(*read_load_request(R"({"parameters":{"config":"{}"}})")->config, "{}");
  EXPECT_THAT(read_load_request("{"), FailsWith(StatusCode::kInvalidArgument, "no valid JSON"));
  EXPECT_THAT(read_load_request("[]"), FailsWith(StatusCode::kInvalidArgument, "not an object"));
  EXPECT_THAT(read_load_request(R"({"parameters":[]})"),
              FailsWith(StatusCode::kInvalidArgument, "not an object"));
  EXPECT_THAT(read_load_request(R"({"parameters":{"config":{}}})"),
              FailsWith(StatusCode::kInvalidArgument, "not a string of JSON"));
  EXPECT_THAT(read_load_request(R"({"parameters":{"file:1/model.onnx":"AA=="}})"),
              FailsWith(StatusCode::kUnimplemented, "file:1/model.onnx"));
}

TEST(IndexRequest, MayAskForReadyModels) {
  EXPECT_FALSE(*read_index_request(""));
  EXPECT_TRUE(*read_index_request(R"({"ready":true})"));
  EXPECT_THAT(read_index_request(R"({"ready":1})"),
              FailsWith(StatusCode::kInvalidArgument, "not true or false"));
}

}  // namespace
}  // namespace tern::serve
