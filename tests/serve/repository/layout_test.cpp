#include "serve/repository/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::serve {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::TempDir;

class FindModels : public ::testing::Test {
 protected:
  void touch(const std::string& name) {
    ASSERT_THAT(make_directories(join_path(folder_.path(), parent_path(name))), IsOk());
    (void)folder_.write(name, "");
  }
  // "name/version" of what is found.
  std::vector<std::string> found(const std::string& path) {
    const Result<std::vector<ModelFolder>> models = find_models(path);
    EXPECT_THAT(models, IsOk());
    std::vector<std::string> all;
    if (!models.ok()) return all;
    for (const ModelFolder& model : *models) {
      EXPECT_THAT(model.status, IsOk());
      for (const ModelFile& file : model.versions) {
        EXPECT_TRUE(file_exists(file.path)) << file.path;
        all.push_back(file.name + "/" + std::to_string(file.version));
      }
    }
    return all;
  }
  std::vector<std::string> found() { return found(folder_.path()); }

  TempDir folder_;
};

TEST_F(FindModels, AFileIsAModel) {
  touch("some/lenet.v2.onnx");
  EXPECT_THAT(found(folder_.file("some/lenet.v2.onnx")), ElementsAre("lenet.v2/1"));
}

TEST_F(FindModels, AFolderHoldsFilesAndFolders) {
  touch("b.onnx");
  touch("a/model.onnx");
  touch("c/1/model.onnx");
  touch("c/10/model.onnx");
  touch("c/9/model.onnx");
  EXPECT_THAT(found(), ElementsAre("a/1", "b/1", "c/1", "c/9", "c/10"));
}

TEST_F(FindModels, AFolderMayBeTheModelItself) {
  touch("net/3/model.onnx");
  EXPECT_THAT(found(folder_.file("net")), ElementsAre("net/3"));
  EXPECT_THAT(found(folder_.file("net/")), ElementsAre("net/3"));
  touch("plain/model.onnx");
  EXPECT_THAT(found(folder_.file("plain")), ElementsAre("plain/1"));
}

TEST_F(FindModels, WhatIsNoModelIsPassedOver) {
  touch("a.onnx");
  touch("README.md");
  touch(".hidden.onnx");
  touch(".git/1/model.onnx");
  touch("notes/model.txt");
  touch("c/1/other.onnx");
  touch("c/01/model.onnx");
  touch("c/latest/model.onnx");
  touch("c/-1/model.onnx");
  touch("c/99999999999999999999/model.onnx");
  EXPECT_THAT(found(), ElementsAre("a/1"));
}

TEST_F(FindModels, NothingIsAnError) {
  EXPECT_THAT(find_models(folder_.path()), FailsWith(StatusCode::kNotFound, "no model: neither"));
  EXPECT_THAT(find_models(folder_.file("absent")), FailsWith(StatusCode::kNotFound, "absent"));
}

TEST_F(FindModels, TwoModelsOfOneNameAreAnError) {
  touch("a.onnx");
  touch("a/1/model.onnx");
  EXPECT_THAT(find_models(folder_.path()), FailsWith(StatusCode::kAlreadyExists, "are model a"));
}

TEST_F(FindModels, OneVersionTwiceIsAnError) {
  touch("b/model.onnx");
  touch("b/1/model.onnx");
  const auto models = find_models(folder_.path());
  ASSERT_THAT(models, IsOk());
  EXPECT_THAT((*models)[0].status,
              FailsWith(StatusCode::kAlreadyExists, "are version 1 of model b"));
}

TEST_F(FindModels, AConfigurationNamesTheFile) {
  touch("a/2/net.onnx");
  touch("a/2/model.onnx");
  touch("a/3/model.onnx");
  (void)folder_.write("a/config.pbtxt", "default_model_filename: \"net.onnx\"");
  EXPECT_THAT(found(), ElementsAre("a/2"));
}

TEST_F(FindModels, AConfigurationMakesAModelOfAFolder) {
  touch("a/readme.txt");
  touch("b/1/model.onnx");
  (void)folder_.write("a/config.pbtxt", "max_batch_size: 8");
  (void)folder_.write("b/config.pbtxt", "max_batch_size: eight");
  const auto models = find_models(folder_.path());
  ASSERT_THAT(models, IsOk());
  ASSERT_EQ(models->size(), 2u);
  EXPECT_THAT((*models)[0].status, FailsWith(StatusCode::kNotFound, "there is no version"));
  EXPECT_THAT((*models)[1].status,
              FailsWith(StatusCode::kInvalidArgument, "b/config.pbtxt:1:17: Expected integer"));
  EXPECT_EQ((*models)[1].versions.size(), 1u);
}

TEST_F(FindModels, TheNameInAConfigurationIsThatOfTheFolder) {
  touch("a/1/model.onnx");
  (void)folder_.write("a/config.pbtxt", "name: \"b\"");
  EXPECT_THAT((*find_models(folder_.path()))[0].status,
              FailsWith(StatusCode::kInvalidArgument, "name is 'b', and the folder 'a'"));
}

TEST_F(FindModels, AStampChangesWithTheFiles) {
  touch("a/1/model.onnx");
  const auto stamp = [&] { return (*find_models(folder_.path()))[0].stamp; };
  const std::string before = stamp();
  EXPECT_EQ(stamp(), before);
  (void)folder_.write("a/1/model.onnx", "x");
  const std::string changed = stamp();
  EXPECT_NE(changed, before);
  touch("a/2/model.onnx");
  EXPECT_NE(stamp(), changed);
}

}  // namespace
}  // namespace tern::serve
