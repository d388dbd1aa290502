#include "serve/repository/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

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

}  // namespace
}  // namespace tern::serve
