#include "serve/repository/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/errors.h"
#include "base/file.h"
#include "serve/repository/client_view.h"
#include "tests/serve/models.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::serve {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::TempDir;

class RepositoryTest : public ::testing::Test {
 protected:
  void open(VersionPolicy versions = VersionPolicy::kLatest) {
    repository_.emplace(RepositoryOptions{.path = folder_.path(),
                                          .versions = versions,
                                          .model = {.pool = std::make_shared<ThreadPool>(1)}},
                        clock_, metrics_);
  }
  void open(RepositoryOptions options) {
    options.path = folder_.path();
    options.model.pool = std::make_shared<ThreadPool>(1);
    repository_.emplace(std::move(options), clock_, metrics_);
  }
  // The outputs of model `name` for one row of 1, 2, 3.
  Result<std::vector<Tensor>> ask(const std::string& name, const Shape& shape = {1, 3}) {
    TERN_ASSIGN_OR_RETURN(const auto model, repository_->find(name));
    TERN_ASSIGN_OR_RETURN(Slot slot, model->reserve(std::vector<Shape>{shape}));
    float next = 1;
    for (float& x : slot.inputs()[0].mutable_span<float>()) x = next++;
    std::promise<Result<std::vector<Tensor>>> answer;
    std::move(slot).submit({}, [&](auto outputs) { answer.set_value(std::move(outputs)); });
    return answer.get_future().get();
  }
  std::vector<std::string> states() const {
    std::vector<std::string> all;
    for (const ModelStatus& status : repository_->index()) {
      all.push_back(status.name + "/" + std::to_string(status.version) + " " +
                    std::string(to_string(status.state)));
    }
    return all;
  }

  TempDir folder_;
  SystemClock clock_;
  Metrics metrics_;
  std::optional<Repository> repository_;
};

TEST_F(RepositoryTest, LoadsTheLatestVersionOfEveryModel) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  write_model(doubling_graph(), folder_.file("a/2/model.onnx"));
  write_model(colour_graph(), folder_.file("b.onnx"));
  open();
  EXPECT_FALSE(repository_->all_ready());
  EXPECT_EQ(repository_->find("a").status().code(), StatusCode::kUnavailable);
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/2 ready", "b/1 ready"));
  EXPECT_TRUE(repository_->all_ready());
  const auto a = repository_->find("a");
  ASSERT_THAT(a, IsOk());
  EXPECT_EQ((*a)->version(), 2);
  EXPECT_TRUE((*a)->joins());
  EXPECT_THAT((*repository_->find("b"))->classes().labels, ElementsAre("red", "green", "blue"));
  EXPECT_THAT(metrics_.exposition(), HasSubstr("tern_model_ready{model=\"a\",version=\"2\"} 1"));
}

TEST_F(RepositoryTest, AllVersionsWhenAskedFor) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  write_model(doubling_graph(), folder_.file("a/2/model.onnx"));
  open(VersionPolicy::kAll);
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_EQ((*repository_->find("a"))->version(), 2);
  EXPECT_EQ((*repository_->find("a", 1))->version(), 1);
  EXPECT_THAT(repository_->find("a", 3),
              FailsWith(StatusCode::kNotFound, "model a has no version 3, only 1, 2"));
  EXPECT_THAT(repository_->find("c"), FailsWith(StatusCode::kNotFound, "there is no model 'c'"));
}

TEST_F(RepositoryTest, AModelThatFailsLeavesTheOthersAlone) {
  (void)folder_.write("bad.onnx", "no protobuf");
  write_model(doubling_graph(), folder_.file("good.onnx"));
  (void)folder_.write("worse.onnx", "");
  open();
  EXPECT_THAT(repository_->load_all(), FailsWith(repository_->load_all().code(), "bad.onnx"));
  EXPECT_THAT(states(), ElementsAre("bad/1 failed", "good/1 ready", "worse/1 failed"));
  EXPECT_THAT(repository_->find("good"), IsOk());
  EXPECT_THAT(repository_->find("bad"),
              FailsWith(StatusCode::kUnavailable, "model bad version 1 failed to load"));
  EXPECT_FALSE(repository_->all_ready());
}

TEST_F(RepositoryTest, AnEarlierVersionServesWhenTheLatestFails) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  write_model(doubling_graph(), folder_.file("a/2/model.onnx"));
  (void)folder_.write("a/2/model.onnx", "broken");
  open(VersionPolicy::kAll);
  EXPECT_FALSE(repository_->load_all().ok());
  EXPECT_EQ((*repository_->find("a"))->version(), 1);
}

TEST_F(RepositoryTest, RowsOfASequenceAreNotJoined) {
  write_model(running_sum_graph(), folder_.file("sum.onnx"));
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_FALSE((*repository_->find("sum"))->joins());
}

TEST_F(RepositoryTest, ClosingUnloads) {
  write_model(doubling_graph(), folder_.file("a.onnx"));
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  const auto model = *repository_->find("a");
  repository_->close();
  EXPECT_THAT(states(), ElementsAre("a/1 unloaded"));
  EXPECT_THAT(repository_->find("a"), FailsWith(StatusCode::kUnavailable, "is unloaded"));
  EXPECT_EQ(model->reserve(std::vector<Shape>{{1, 3}}).status().code(), StatusCode::kUnavailable);
}

TEST_F(RepositoryTest, AModelAnswers) {
  write_model(doubling_graph(), folder_.file("a.onnx"));
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  Result<Slot> reserved = (*repository_->find("a"))->reserve(std::vector<Shape>{{1, 3}});
  ASSERT_THAT(reserved, IsOk());
  Slot slot = std::move(*reserved);
  for (float& x : slot.inputs()[0].mutable_span<float>()) x = 1.5F;
  std::promise<Result<std::vector<Tensor>>> answer;
  std::move(slot).submit({}, [&](auto outputs) { answer.set_value(std::move(outputs)); });
  const Result<std::vector<Tensor>> outputs = answer.get_future().get();
  ASSERT_THAT(outputs, IsOk());
  EXPECT_THAT(outputs.value()[0].span<float>(), ElementsAre(3, 3, 3));
}

// -- configurations

TEST_F(RepositoryTest, AConfigurationLimitsRows) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  (void)folder_.write("a/config.pbtxt", "max_batch_size: 2");
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_FALSE((*repository_->find("a"))->joins()) << "without dynamic_batching";
  EXPECT_THAT(ask("a", {2, 3}), IsOk());
  EXPECT_THAT(ask("a", {3, 3}), FailsWith(StatusCode::kInvalidArgument,
                                          "the inputs have 3 rows, and max_batch_size is 2"));
}

TEST_F(RepositoryTest, AConfigurationMayLeaveBatchesToTheModel) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  write_model(running_sum_graph(), folder_.file("sum/1/model.onnx"));
  for (const char* name : {"a", "sum"}) {
    (void)folder_.write(std::string(name) + "/config.pbtxt", "instance_group { count: 2 }");
  }
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_TRUE((*repository_->find("a"))->joins());
  EXPECT_FALSE((*repository_->find("sum"))->joins());
  (void)folder_.write("a/config.pbtxt", R"(input { name: "x" dims: [ -1, 3 ] })");
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_FALSE((*repository_->find("a"))->joins()) << "dims without max_batch_size: no rows";
}

TEST_F(RepositoryTest, AConfigurationReshapesAndNamesLabels) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  (void)folder_.write("a/names.txt", "one\r\ntwo\nthree\n\n");
  (void)folder_.write("a/config.pbtxt", R"(
    max_batch_size: 4
    input { name: "x" dims: [ 3, 1 ] reshape { shape: 3 } }
    output { name: "y" data_type: TYPE_FP32 dims: [ 1, 1, 3 ] reshape { shape: 3 }
             label_filename: "names.txt" }
    dynamic_batching { }
    instance_group { count: 2 }
    model_warmup { name: "w" batch_size: 2
                   inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 3, 1 ] zero_data: true } } })");
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  const auto model = *repository_->find("a");
  EXPECT_TRUE(model->joins());
  EXPECT_THAT(model->labels(0), ElementsAre("one", "two", "three"));
  const auto outputs = ask("a", {1, 3, 1});
  ASSERT_THAT(outputs, IsOk());
  EXPECT_EQ(outputs.value()[0].shape(), (Shape{1, 1, 1, 3}));
  EXPECT_THAT(outputs.value()[0].span<float>(), ElementsAre(2, 4, 6));
  EXPECT_THAT(model->config_json(), HasSubstr("\"label_filename\":\"names.txt\""));
}

TEST_F(RepositoryTest, MistakesInAConfigurationFailTheModel) {
  const auto fails_with = [&](const std::string& config, const std::string& part) {
    (void)folder_.write("a/config.pbtxt", config);
    open();
    EXPECT_THAT(repository_->load_all().message(), HasSubstr(part)) << config;
    EXPECT_THAT(states(), ElementsAre("a/1 failed"));
  };
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  fails_with("max_batch_size: [", "a/config.pbtxt:1:");
  fails_with("input { name: \"z\" }", "input z: the model has none of that name, only x");
  fails_with("output { name: \"y\" label_filename: \"absent.txt\" }", "absent.txt");
  fails_with("version_policy { specific { versions: 7 } }", "none of the versions");
  fails_with("model_warmup { name: \"w\" }", "warm-up 'w': input x is missing");
  fails_with(R"(model_warmup { name: "w" inputs { key: "x" value { dims: [ 1, 4 ] } } })",
             "warm-up 'w': input x has shape [1,4]");
}

TEST_F(RepositoryTest, WarmUpReadsFiles) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  ASSERT_THAT(make_directories(folder_.file("a/warmup")), IsOk());
  (void)folder_.write("a/warmup/x", std::string(12, '\0'));
  (void)folder_.write("a/config.pbtxt", R"(model_warmup { name: "w" count: 3
    inputs { key: "x" value { dims: [ 1, 3 ] input_data_file: "x" } } })");
  open();
  EXPECT_THAT(repository_->load_all(), IsOk());
  (void)folder_.write("a/warmup/x", "short");
  open();
  EXPECT_THAT(repository_->load_all().message(), HasSubstr("takes 12 bytes, not 5"));
}

TEST_F(RepositoryTest, AConfigurationChoosesVersions) {
  for (const char* version : {"1", "2", "3"}) {
    write_model(doubling_graph(), folder_.file("a/" + std::string(version) + "/model.onnx"));
  }
  (void)folder_.write("a/config.pbtxt", "version_policy { latest { num_versions: 2 } }");
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/2 ready", "a/3 ready"));
  (void)folder_.write("a/config.pbtxt", "version_policy { specific { versions: [ 1, 3 ] } }");
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/1 ready", "a/3 ready"));
}

// -- ensembles

constexpr const char* kTwice = R"(
  platform: "ensemble"
  input { name: "in" data_type: TYPE_FP32 dims: [ -1, 3 ] }
  output { name: "out" data_type: TYPE_FP32 dims: [ -1, 3 ] }
  ensemble_scheduling {
    step { model_name: "double" model_version: -1
           input_map { key: "x" value: "middle" } output_map { key: "y" value: "out" } }
    step { model_name: "double" model_version: -1
           input_map { key: "x" value: "in" } output_map { key: "y" value: "middle" } }
  })";

TEST_F(RepositoryTest, AnEnsembleRunsItsStepsInOrder) {
  write_model(doubling_graph(), folder_.file("double.onnx"));
  ASSERT_THAT(make_directories(folder_.file("a_twice")), IsOk());
  (void)folder_.write("a_twice/config.pbtxt", kTwice);
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  const auto outputs = ask("a_twice");
  ASSERT_THAT(outputs, IsOk());
  EXPECT_THAT(outputs.value()[0].span<float>(), ElementsAre(4, 8, 12));
}

TEST_F(RepositoryTest, AStepThatFailsIsNamed) {
  ASSERT_THAT(make_directories(folder_.file("twice")), IsOk());
  (void)folder_.write("twice/config.pbtxt", kTwice);
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_THAT(ask("twice"), FailsWith(StatusCode::kNotFound, "there is no model 'double'"));
}

TEST(OrderSteps, FindsMistakes) {
  const auto order = [](std::vector<EnsembleStep> steps) {
    return order_steps(steps, *ensemble_signature(*parse_model_config(kTwice, "c")));
  };
  const auto step = [](std::string in, std::string out) {
    return EnsembleStep{.model = "m", .inputs = {{"x", in}}, .outputs = {{"y", out}}};
  };
  EXPECT_THAT(order({step("in", "out")}), IsOk());
  EXPECT_THAT(order({step("in", "other")}),
              FailsWith(StatusCode::kInvalidArgument, "no step makes output out"));
  EXPECT_THAT(order({step("in", "out"), step("in", "out")}),
              FailsWith(StatusCode::kInvalidArgument, "'out' is made twice"));
  EXPECT_THAT(order({step("a", "out"), step("out", "a")}),
              FailsWith(StatusCode::kInvalidArgument, "m needs 'a'"));
}

// -- what is loaded, and when

TEST_F(RepositoryTest, ClientsLoadAndUnloadInExplicitControl) {
  write_model(doubling_graph(), folder_.file("a.onnx"));
  write_model(doubling_graph(), folder_.file("b.onnx"));
  open({.control = ModelControl::kExplicit, .startup = {"b"}});
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/1 unloaded", "b/1 ready"));
  EXPECT_THAT(ask("a"), FailsWith(StatusCode::kUnavailable, "is unloaded"));
  ASSERT_THAT(repository_->load("a"), IsOk());
  EXPECT_THAT(ask("a"), IsOk());
  ASSERT_THAT(repository_->unload("a"), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/1 unloaded", "b/1 ready"));
  EXPECT_THAT(repository_->load("c"), FailsWith(StatusCode::kNotFound, "failed to load 'c'"));
  EXPECT_THAT(repository_->unload("c"), FailsWith(StatusCode::kNotFound, "no model 'c'"));
}

TEST_F(RepositoryTest, ClientsChangeNothingInOtherControls) {
  write_model(doubling_graph(), folder_.file("a.onnx"));
  open();
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_EQ(repository_->load("a").code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(repository_->unload("a").code(), StatusCode::kFailedPrecondition);
}

TEST_F(RepositoryTest, AnExplicitStartNeedsItsModels) {
  write_model(doubling_graph(), folder_.file("a.onnx"));
  open({.control = ModelControl::kExplicit, .startup = {"z"}});
  EXPECT_THAT(repository_->load_all(), FailsWith(StatusCode::kNotFound, "no model 'z'"));
  open({.control = ModelControl::kExplicit, .startup = {"*"}});
  EXPECT_THAT(repository_->load_all(), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/1 ready"));
}

TEST_F(RepositoryTest, LoadingWithAConfigurationReplacesThatOfTheFolder) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  (void)folder_.write("a/config.pbtxt", "max_batch_size: 2");
  open({.control = ModelControl::kExplicit, .startup = {"*"}});
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_FALSE(ask("a", {3, 3}).ok());
  ASSERT_THAT(repository_->load("a", R"({"max_batch_size": 3})"), IsOk());
  EXPECT_THAT(ask("a", {3, 3}), IsOk());
  EXPECT_THAT(repository_->load("a", R"({"max_batch_size": "many"})"),
              FailsWith(StatusCode::kInvalidArgument, "config: "));
  EXPECT_THAT(ask("a", {3, 3}), IsOk());
  ASSERT_THAT(repository_->load("a"), IsOk());
  EXPECT_FALSE(ask("a", {3, 3}).ok()) << "the folder's again";
}

TEST_F(RepositoryTest, ABadNewVersionReplacesNothing) {
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  open({.control = ModelControl::kExplicit, .startup = {"*"}});
  ASSERT_THAT(repository_->load_all(), IsOk());
  const auto before = *repository_->find("a");
  ASSERT_THAT(make_directories(folder_.file("a/2")), IsOk());
  (void)folder_.write("a/2/model.onnx", "broken");
  EXPECT_FALSE(repository_->load("a").ok());
  EXPECT_THAT(states(), ElementsAre("a/1 ready", "a/2 failed"));
  EXPECT_EQ(*repository_->find("a"), before);
  (void)folder_.write("a/1/model.onnx", "broken too");
  ASSERT_THAT(remove_directory_tree(folder_.file("a/2")), IsOk());
  EXPECT_FALSE(repository_->load("a").ok());
  EXPECT_EQ(*repository_->find("a"), before) << "the file's earlier state serves";
  EXPECT_THAT(metrics_.exposition(), HasSubstr("tern_model_ready{model=\"a\",version=\"1\"} 1"));
  write_model(doubling_graph(), folder_.file("a/2/model.onnx"));
  EXPECT_THAT(repository_->load("a"), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/2 ready"));
}

TEST_F(RepositoryTest, PollingFollowsTheFolder) {
  open({.control = ModelControl::kPoll, .poll = std::chrono::hours(1)});
  ASSERT_THAT(repository_->load_all(), IsOk()) << "models may come later";
  write_model(doubling_graph(), folder_.file("a/1/model.onnx"));
  ASSERT_THAT(repository_->poll(), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/1 ready"));
  const auto before = *repository_->find("a");
  ASSERT_THAT(repository_->poll(), IsOk());
  EXPECT_EQ(*repository_->find("a"), before) << "nothing has changed";
  write_model(doubling_graph(), folder_.file("a/2/model.onnx"));
  write_model(colour_graph(), folder_.file("b.onnx"));
  ASSERT_THAT(repository_->poll(), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/2 ready", "b/1 ready"));
  ASSERT_THAT(remove_directory_tree(folder_.file("a")), IsOk());
  ASSERT_THAT(repository_->poll(), IsOk());
  EXPECT_THAT(states(), ElementsAre("b/1 ready"));
  EXPECT_EQ(repository_->find("a").status().code(), StatusCode::kNotFound);
}

TEST_F(RepositoryTest, ARequestDoesNotWaitForALazyModelForEver) {
  write_model(doubling_graph(), folder_.file("a.onnx"));
  open({.lazy = true, .load_wait = std::chrono::milliseconds(0)});
  ASSERT_THAT(repository_->load_all(), IsOk());
  std::promise<Status> answer;
  repository_->find_or_load("a", {}, [&](const auto& model) { answer.set_value(model.status()); });
  const Status status = answer.get_future().get();
  if (!status.ok()) {  // unless it was loaded first
    EXPECT_THAT(status, FailsWith(StatusCode::kUnavailable, "model a is still being loaded"));
  }
}

TEST_F(RepositoryTest, TheFirstRequestLoadsALazyModel) {
  write_model(doubling_graph(), folder_.file("a.onnx"));
  (void)folder_.write("bad.onnx", "broken");
  open({.lazy = true});
  ASSERT_THAT(repository_->load_all(), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/1 unloaded", "bad/1 unloaded"));
  const auto found = [&](const std::string& name) {
    std::promise<Result<std::shared_ptr<const ServedModel>>> answer;
    repository_->find_or_load(name, {}, [&](auto model) { answer.set_value(std::move(model)); });
    return answer.get_future().get();
  };
  EXPECT_THAT(found("a"), IsOk());
  EXPECT_THAT(states(), ElementsAre("a/1 ready", "bad/1 unloaded"));
  EXPECT_THAT(found("bad"), FailsWith(StatusCode::kUnavailable, "failed to load"));
  EXPECT_THAT(found("c"), FailsWith(StatusCode::kNotFound, "no model 'c'"));
}

}  // namespace
}  // namespace tern::serve
