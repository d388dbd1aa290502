#include "serve/repository/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/serve/signatures.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

Result<ModelConfig> parse(std::string_view text) { return parse_model_config(text, "c.pbtxt"); }

TEST(ModelConfig, ReadsWhatRepositoriesHave) {
  const Result<ModelConfig> config = parse(R"(
    # A comment.
    name: "net"
    platform: "onnxruntime_onnx"
    max_batch_size: 8
    input [
      { name: "x", data_type: TYPE_FP32, dims: [ 3, -1 ], format: FORMAT_NONE,
        reshape: { shape: [ -1, 3 ] } },
      { name: "ids" data_type: TYPE_STRING dims: 1 }
    ]
    output { name: "y" data_type: TYPE_BF16 dims: [ 4 ] label_filename: "labels.txt" }
    version_policy { specific { versions: [ 1, 3 ] } }
    instance_group [ { count: 2 kind: KIND_CPU }, { kind: KIND_GPU gpus: 0 } ]
    dynamic_batching {
      preferred_batch_size: [ 8, 4 ]
      max_queue_delay_microseconds: 100
      preserve_ordering: true
      priority_levels: 3
      default_priority_level: 2
      default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 5000 }
      priority_queue_policy { key: 1 value { max_queue_size: 10 } }
    }
    model_warmup {
      name: "zeros" batch_size: 2
      inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 3, 5 ] zero_data: true } }
    }
    parameters { key: "k" value { string_value: "v" } }
    optimization { execution_accelerators { cpu_execution_accelerator { name: "openvino" } } }
  )");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->name, "net");
  EXPECT_EQ(config->max_batch_size, 8);
  ASSERT_EQ(config->inputs.size(), 2u);
  EXPECT_EQ(config->inputs[0].dtype, DType::kF32);
  EXPECT_THAT(config->inputs[0].dims, ElementsAre(3, -1));
  EXPECT_THAT(*config->inputs[0].reshape, ElementsAre(-1, 3));
  EXPECT_EQ(config->inputs[1].dtype, DType::kString);
  EXPECT_FALSE(config->inputs[1].reshape);
  EXPECT_EQ(config->outputs[0].label_filename, "labels.txt");
  EXPECT_EQ(config->outputs[0].dtype, DType::kBF16);
  EXPECT_EQ(config->versions.kind, VersionChoice::Kind::kSpecific);
  EXPECT_THAT(config->versions.versions, ElementsAre(1, 3));
  EXPECT_EQ(config->instances, 3);
  const DynamicBatching& batching = *config->dynamic_batching;
  EXPECT_THAT(batching.preferred_rows, ElementsAre(4, 8));
  EXPECT_EQ(batching.max_delay, 100us);
  EXPECT_TRUE(batching.preserve_ordering);
  EXPECT_EQ(batching.priorities.levels, 3u);
  EXPECT_EQ(batching.priorities.by_default, 2u);
  EXPECT_EQ(batching.priorities.policy_of(2).timeout, 5000us);
  EXPECT_FALSE(batching.priorities.policy_of(2).reject);
  EXPECT_EQ(batching.priorities.policy_of(1).max_requests, 10u);
  EXPECT_EQ(config->warmup[0].rows, 2);
  EXPECT_THAT(config->warmup[0].inputs.at("x").dims, ElementsAre(3, 5));
}

TEST(ModelConfig, NothingIsNeeded) {
  const Result<ModelConfig> config = parse("");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->max_batch_size, 0);
  EXPECT_EQ(config->filename, "model.onnx");
  EXPECT_FALSE(config->dynamic_batching);
  EXPECT_EQ(config->versions.kind, VersionChoice::Kind::kServer);
}

TEST(ModelConfig, MistakesHaveALineAndAField) {
  const auto invalid = [](std::string part) {
    return FailsWith(StatusCode::kInvalidArgument, std::move(part));
  };
  EXPECT_THAT(
      parse("max_batch_size: 8\nmax_batch_sise: 8"),
      invalid("c.pbtxt:2:15: Message type \"tern.model_config_pb.ModelConfig\" has no field "
              "named \"max_batch_sise\""));
  EXPECT_THAT(parse("input {\n name: \"x\"\n data_type: TYPE_FLOAT\n}"),
              invalid("c.pbtxt:3: Unknown enumeration value of \"TYPE_FLOAT\""));
  EXPECT_THAT(parse("max_batch_size: 9999999999"), invalid("c.pbtxt:1:17: Integer out of range"));
  EXPECT_THAT(parse("max_batch_size: 1\nmax_batch_size: 1"), invalid("specified multiple times"));
  EXPECT_THAT(parse("\nmax_batch_size: -1"), invalid("c.pbtxt:2: max_batch_size: is -1"));
  EXPECT_THAT(parse("input { name: \"x\" }\ninput { dims: 3 }"),
              invalid("c.pbtxt:2: input 1: has no name"));
  EXPECT_THAT(parse("input { name: \"x\" dims: -2 }"), invalid("x: dims has -2, below -1"));
  EXPECT_THAT(parse("input { name: \"x\" dims: -1 reshape { shape: 3 } }"),
              invalid("different numbers of open sizes"));
  EXPECT_THAT(parse("max_batch_size: 4\ndynamic_batching { preferred_batch_size: 8 }"),
              invalid("c.pbtxt:2: dynamic_batching: preferred_batch_size 8 is not from 1 to"));
  EXPECT_THAT(parse("dynamic_batching { priority_levels: 2 }"),
              invalid("default_priority_level 0 is not from 1 to priority_levels 2"));
  EXPECT_THAT(parse("instance_group { count: 1000 }"), invalid("over 256"));
  EXPECT_THAT(parse("input {"), invalid("c.pbtxt:1:"));
  EXPECT_THAT(parse(std::string("\0", 1)), invalid("c.pbtxt:"));
}

TEST(ModelConfig, FilesStayInTheFolder) {
  const auto invalid = FailsWith(StatusCode::kInvalidArgument, "is no name of a file");
  EXPECT_THAT(parse("default_model_filename: \"../../etc/passwd\""), invalid);
  EXPECT_THAT(parse("default_model_filename: \"..\""), invalid);
  EXPECT_THAT(parse("output { name: \"y\" label_filename: \"/etc/passwd\" }"), invalid);
  EXPECT_THAT(parse("model_warmup { inputs { key: \"x\" value { input_data_file: \"a/b\" } } }"),
              invalid);
}

TEST(ModelConfig, WhatIsNotThereIsRefused) {
  const auto missing = [](std::string part) {
    return FailsWith(StatusCode::kUnimplemented, std::move(part));
  };
  EXPECT_THAT(parse("\nsequence_batching { }"), missing("c.pbtxt:2: sequence_batching: is not"));
  EXPECT_THAT(parse("backend: \"python\""), missing("'python' is not there"));
  EXPECT_THAT(parse("platform: \"tensorrt_plan\""), missing("'tensorrt_plan' is not there"));
  EXPECT_THAT(parse("input { name: \"x\" optional: true }"), missing("optional inputs"));
  EXPECT_THAT(parse("model_transaction_policy { decoupled: true }"), missing("decoupled"));
}

TEST(ModelConfig, ClientsMaySendJson) {
  const Result<ModelConfig> config = parse_model_config_json(
      R"({"max_batch_size": 4, "dynamic_batching": {}, "instance_group": [{"count": 2}]})",
      "config");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->max_batch_size, 4);
  EXPECT_TRUE(config->dynamic_batching);
  EXPECT_EQ(config->instances, 2);
  EXPECT_THAT(parse_model_config_json("{", "config"),
              FailsWith(StatusCode::kInvalidArgument, "config: "));
  EXPECT_THAT(parse_model_config_json(R"({"max_batch_size": -4})", "config"),
              FailsWith(StatusCode::kInvalidArgument, "config: max_batch_size: is -4"));
}

TEST(WriteModelConfig, FillsInWhatTheModelSays) {
  const Signature model = rows_of_floats(3);
  const std::string text =
      write_model_config(nullptr, "net", model.inputs(), model.outputs(), 32, 2);
  const Result<JsonValue> json = parse_json(text);
  ASSERT_THAT(json, IsOk()) << text;
  EXPECT_EQ(*json->find("name")->as_string(), "net");
  EXPECT_EQ(*json->find("max_batch_size")->as_int(), 32);
  const JsonValue& input = (*json->find("input")->as_array())[0];
  EXPECT_EQ(*input.find("name")->as_string(), "x");
  EXPECT_EQ(*input.find("data_type")->as_string(), "TYPE_FP32");
  ASSERT_EQ(input.find("dims")->as_array()->size(), 1u);
  EXPECT_EQ(*(*input.find("dims")->as_array())[0].as_int(), 3);
  EXPECT_EQ(*(*json->find("instance_group")->as_array())[0].find("count")->as_int(), 2);
  EXPECT_NE(json->find("dynamic_batching"), nullptr);
  EXPECT_EQ(json->find("sequence_batching"), nullptr);
}

TEST(WriteModelConfig, KeepsWhatTheFileSays) {
  const ModelConfig config = *parse(R"(
    max_batch_size: 2
    input { name: "x" dims: [ 1, 3 ] reshape { shape: 3 } }
    parameters { key: "b" value { string_value: "2" } }
    parameters { key: "a" value { string_value: "1" } }
    dynamic_batching { max_queue_delay_microseconds: 9007199254740993 }
  )");
  const Signature model = rows_of_floats(3);
  const std::string text =
      write_model_config(&config, "net", model.inputs(), model.outputs(), 2, 1);
  EXPECT_THAT(text, ::testing::HasSubstr("\"dims\":[1,3],\"reshape\":{\"shape\":[3]}"));
  EXPECT_THAT(text, ::testing::HasSubstr(
                        R"("parameters":{"a":{"string_value":"1"},"b":{"string_value":"2"}})"));
  EXPECT_THAT(text, ::testing::HasSubstr("\"max_queue_delay_microseconds\":9007199254740993"));
}

}  // namespace
}  // namespace tern::serve
