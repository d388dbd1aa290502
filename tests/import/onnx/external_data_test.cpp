// Tensors in files beside the model, and locations that try to leave its folder.
#include "import/onnx/external_data.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::onnx {
namespace {

using tern::testing::FailsWith;
using tern::testing::IsOk;
using tern::testing::ModelMaker;
using tern::testing::TempDir;

/// y = x + w, with w f32[2] in another file.
class ExternalModel {
 public:
  explicit ExternalModel(std::string_view location) {
    maker_.input("x", DType::kF32, {2});
    maker_.node("Add", {"x", "w"}, {"y"});
    maker_.output("y");
    auto& w = *maker_.graph().add_initializer();
    w.set_name("w");
    w.set_data_type(1);
    w.add_dims(2);
    w.set_data_location(onnx_pb::TensorProto::EXTERNAL);
    entry("location", location);
  }

  ExternalModel& entry(std::string_view key, std::string_view value) {
    auto& pair = *maker_.graph().mutable_initializer(0)->add_external_data();
    pair.set_key(std::string(key));
    pair.set_value(std::string(value));
    return *this;
  }
  Result<Graph> import(const TempDir& dir) const {
    return import_onnx(dir.write("model.onnx", maker_.bytes()));
  }
  std::string bytes() const { return maker_.bytes(); }

 private:
  ModelMaker maker_;
};

const std::string kOneTwo("\x00\x00\x80\x3f\x00\x00\x00\x40", 8);

TEST(ExternalData, IsReadFromTheModelsFolder) {
  const TempDir dir;
  dir.write("w.bin", "skip" + kOneTwo + "tail");
  const Result<Graph> graph =
      ExternalModel("w.bin").entry("offset", "4").entry("length", "8").import(dir);
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->constant(graph->find("w"))->to_string(), "f32[2] {1, 2}");
}

TEST(ExternalData, WithoutALengthItIsWhatTheTensorNeeds) {
  const TempDir dir;
  dir.write("w.bin", kOneTwo + "more");
  EXPECT_THAT(ExternalModel("w.bin").import(dir), IsOk());
}

TEST(ExternalData, SubfoldersAreFine) {
  const TempDir dir;
  std::filesystem::create_directory(dir.file("sub"));
  dir.write("sub/w.bin", kOneTwo);
  EXPECT_THAT(ExternalModel("sub/w.bin").import(dir), IsOk());
}

TEST(ExternalData, LocationsOutsideAreRefused) {
  const TempDir outside;
  outside.write("secret.bin", kOneTwo);
  const TempDir dir;
  const std::string escape = "../" + std::filesystem::path(outside.path()).filename().string();
  for (const std::string& location : {outside.file("secret.bin"), escape + "/secret.bin",
                                      std::string("sub/../../x"), std::string("..")}) {
    EXPECT_THAT(
        ExternalModel(location).import(dir),
        FailsWith(StatusCode::kPermissionDenied, "initializer w: external data '" + location))
        << location;
  }
  std::filesystem::create_symlink(outside.file("secret.bin"), dir.file("link.bin"));
  EXPECT_THAT(ExternalModel("link.bin").import(dir),
              FailsWith(StatusCode::kPermissionDenied, "outside the model's folder"));
  std::filesystem::create_directory_symlink(outside.path(), dir.file("folder"));
  EXPECT_THAT(ExternalModel("folder/secret.bin").import(dir),
              FailsWith(StatusCode::kPermissionDenied, "outside the model's folder"));
}

TEST(ExternalData, LinksInsideTheFolderAreFollowed) {
  const TempDir dir;
  dir.write("w.bin", kOneTwo);
  std::filesystem::create_symlink("w.bin", dir.file("link.bin"));
  EXPECT_THAT(ExternalModel("link.bin").import(dir), IsOk());
}

TEST(ExternalData, OffsetsAndLengthsAreChecked) {
  const TempDir dir;
  dir.write("w.bin", kOneTwo);
  EXPECT_THAT(ExternalModel("w.bin").entry("offset", "1").entry("length", "8").import(dir),
              FailsWith(StatusCode::kDataLoss, "'w.bin' has 8 bytes, the tensor takes 8 from 1"));
  EXPECT_THAT(ExternalModel("w.bin").entry("offset", "9").import(dir),
              FailsWith(StatusCode::kDataLoss, "starts at 9"));
  EXPECT_THAT(ExternalModel("w.bin").entry("length", "4").import(dir),
              FailsWith(StatusCode::kDataLoss, "needs 8 bytes, has 4"));
  for (const char* wrong : {"-1", "x", "9223372036854775808", " 1"}) {
    EXPECT_THAT(ExternalModel("w.bin").entry("offset", wrong).import(dir),
                FailsWith(StatusCode::kInvalidArgument, "offset '"));
  }
  EXPECT_THAT(ExternalModel("w.bin")
                  .entry("offset", "9223372036854775807")
                  .entry("length", "9223372036854775807")
                  .import(dir),
              FailsWith(StatusCode::kDataLoss, "starts at"));
}

TEST(ExternalData, MissingFilesAndFoldersAreNamed) {
  const TempDir dir;
  EXPECT_THAT(ExternalModel("none.bin").import(dir), FailsWith(StatusCode::kNotFound, "none.bin"));
  std::filesystem::create_directory(dir.file("sub"));
  EXPECT_FALSE(ExternalModel("sub").import(dir).ok());
  EXPECT_THAT(ExternalModel("").import(dir),
              FailsWith(StatusCode::kInvalidArgument, "no location"));
  EXPECT_THAT(ExternalModel(std::string_view("w\0.bin", 6)).import(dir),
              FailsWith(StatusCode::kInvalidArgument, "zero byte"));
}

TEST(ExternalData, AModelFromMemoryHasNoFolder) {
  const std::string bytes = ExternalModel("w.bin").bytes();
  EXPECT_THAT(import_onnx(tern::testing::as_bytes(bytes)),
              FailsWith(StatusCode::kInvalidArgument, "data in another file"));
}

}  // namespace
}  // namespace tern::onnx
