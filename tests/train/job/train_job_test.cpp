#include "train/job/train_job.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "tern/data_files.h"
#include "tern/model.h"
#include "tern/session.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern::train {
namespace {

using tern::testing::FailsWith;
using tern::testing::IsOk;
using tern::testing::TempDir;
using tern::testing::values_of;

// 120 points of the plane; the class is the quadrant.
std::string quadrants() {
  std::string csv = "x,y,quadrant\n";
  RandomStream random(1);
  for (int i = 0; i < 120; ++i) {
    const double x = 2 * random.uniform_double() - 1, y = 2 * random.uniform_double() - 1;
    const char* name = x > 0 ? (y > 0 ? "ne" : "se") : (y > 0 ? "nw" : "sw");
    csv += std::to_string(x) + "," + std::to_string(y) + "," + name + "\n";
  }
  return csv;
}

// A folder with data and configuration; what the job writes goes there too.
class TrainJob : public ::testing::Test {
 protected:
  TrainJob() {
    dir_.write("points.csv", quadrants());
    options_.config = dir_.write(
        "train.yaml",
        "data: {type: csv, path: points.csv, label: quadrant, validation: 0.25, threads: 1}\n"
        "input: {standardize: true}\n"
        "model: [dense: 16, relu, dropout: 0.1, dense: 4]\n"
        "optimizer: {type: adam, lr: 0.02}\n"
        "schedule: cosine\n"
        "epochs: 12\nbatch: 16\nthreads: 1\n"
        "output: unused.onnx\n");
    options_.overrides = {"output=" + dir_.file("out/model.onnx"),
                          "checkpoint=" + dir_.file("out/state.ckpt")};
    options_.progress = false;
    options_.on_line = [this](std::string_view line) { lines_ += std::string(line) + "\n"; };
  }

  std::string output() const {
    const auto bytes = read_file(dir_.file("out/model.onnx"));
    EXPECT_THAT(bytes, IsOk());
    return bytes.ok() ? *bytes : "";
  }

  TempDir dir_;
  TrainJobOptions options_;
  std::string lines_;
};

TEST_F(TrainJob, TrainsFromFileToFile) {
  const auto summary = run_train_job(options_);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->train_rows, 90);
  EXPECT_EQ(summary->validation_rows, 30);
  EXPECT_EQ(summary->parameters, 2 * 16 + 16 + 16 * 4 + 4);
  EXPECT_EQ(summary->fit.steps, 12 * 6);
  ASSERT_TRUE(summary->validation.has_value());
  EXPECT_GE(summary->validation->metrics[0], 0.8);
  EXPECT_NE(lines_.find("data    90 rows to train with, 30 held out, 4 classes\n"),
            std::string::npos)
      << lines_;
  EXPECT_NE(lines_.find("epoch  12/12"), std::string::npos) << lines_;

  auto session = Session::load(dir_.file("out/model.onnx"), {.threads = 1});
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->graph().metadata.at("labels"), R"(["ne","nw","se","sw"])");
  const auto out = session->run({{"input", tern::testing::f32({1, 2}, {0.7, -0.7})}});
  ASSERT_THAT(out, IsOk());
  const auto probabilities = values_of((*out)[0]);
  EXPECT_NEAR(probabilities[0] + probabilities[1] + probabilities[2] + probabilities[3], 1, 1e-5);
  EXPECT_GT(probabilities[2], 0.5) << "south-east";
}

TEST_F(TrainJob, ResumesToTheSameFile) {
  ASSERT_THAT(run_train_job(options_), IsOk());
  const std::string expected = output();
  ASSERT_THAT(remove_directory_tree(dir_.file("out")), IsOk());

  std::stop_source stop;
  TrainJobOptions first = options_;
  first.stop = stop.get_token();
  first.on_line = [&](std::string_view line) {
    if (line.starts_with("epoch   5")) stop.request_stop();
  };
  const auto stopped = run_train_job(first);
  ASSERT_THAT(stopped, IsOk());
  EXPECT_TRUE(stopped->stopped);
  EXPECT_EQ(stopped->fit.steps, 5 * 6 + 1) << "one step into the next epoch";
  EXPECT_FALSE(file_exists(dir_.file("out/model.onnx")));

  options_.resume = true;
  lines_.clear();
  ASSERT_THAT(run_train_job(options_), IsOk());
  EXPECT_NE(lines_.find("after step 31\n"), std::string::npos) << lines_;
  EXPECT_TRUE(output() == expected);
}

TEST_F(TrainJob, ResumeWithoutACheckpointBegins) {
  options_.resume = true;
  options_.overrides.push_back("epochs=1");
  ASSERT_THAT(run_train_job(options_), IsOk());
  EXPECT_NE(lines_.find("training begins"), std::string::npos) << lines_;
  options_.overrides = {"output=" + dir_.file("m.onnx")};
  EXPECT_THAT(run_train_job(options_),
              FailsWith(StatusCode::kInvalidArgument, "--resume needs a checkpoint"));
}

TEST_F(TrainJob, ADamagedCheckpointIsRefused) {
  ASSERT_THAT(make_directories(dir_.file("out")), IsOk());
  dir_.write("out/state.ckpt", "TERNCKPT and then something else");
  options_.resume = true;
  EXPECT_THAT(run_train_job(options_), FailsWith(StatusCode::kDataLoss, "state.ckpt: checksum"));
}

TEST_F(TrainJob, StopsEarlyAndSaysSo) {
  options_.overrides.insert(options_.overrides.end(), {"patience=2", "epochs=200", "monitor=loss"});
  options_.overrides.push_back("optimizer.lr=0.5");
  const auto summary = run_train_job(options_);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->fit.end, FitEnd::kNoBetter);
  EXPECT_EQ(summary->fit.epochs, summary->fit.best_epoch + 2);
  EXPECT_NE(lines_.find("training ends"), std::string::npos) << lines_;
}

TEST_F(TrainJob, MistakesComeBeforeTraining) {
  const auto fails = [&](const std::string& set, StatusCode code, const char* part) {
    TrainJobOptions options = options_;
    options.overrides.push_back(set);
    EXPECT_THAT(run_train_job(options), FailsWith(code, part)) << set;
    EXPECT_FALSE(file_exists(dir_.file("out/model.onnx")));
  };
  fails("data.path=" + dir_.file("absent.csv"), StatusCode::kNotFound, "absent.csv");
  fails("data.label=colour", StatusCode::kInvalidArgument, "colour");
  fails("epochs=0", StatusCode::kInvalidArgument, "--set epochs=0: epochs: 0 is below 1");
  fails("model=[dense: 5]", StatusCode::kInvalidArgument, "5 outputs for 4 classes");
  fails("output=" + dir_.path() + "/points.csv/m.onnx", StatusCode::kAlreadyExists, "points.csv");
  options_.config = dir_.file("absent.yaml");
  EXPECT_THAT(run_train_job(options_), FailsWith(StatusCode::kNotFound, "absent.yaml"));
}

TEST_F(TrainJob, NumbersAreLearntToo) {
  std::string csv = "a,b,sum\n";
  RandomStream random(2);
  for (int i = 0; i < 80; ++i) {
    const double a = random.uniform_double(), b = random.uniform_double();
    csv += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(3 * a + b) + "\n";
  }
  dir_.write("points.csv", csv);
  for (const char* set : {"data.label=sum", "data.labels=numbers", "model=[dense: 1]",
                          "optimizer.lr=0.1", "epochs=40"}) {
    options_.overrides.emplace_back(set);
  }
  const auto summary = run_train_job(options_);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->metrics, std::vector<std::string>{"mae"});
  EXPECT_LT(summary->validation->metrics[0], 0.05);
}

TEST_F(TrainJob, OtherLossesAndOptimizersLearnToo) {
  for (const char* sets :
       {"loss={type: hinge}", "loss={type: cross_entropy, class_weights: [1, 2, 1, 1]}",
        "optimizer={type: rmsprop, lr: 0.01}", "schedule={type: one_cycle}",
        "schedule={type: plateau, patience: 1, factor: 0.5}",
        "optimizer={lr: 0.03, accumulate: 2, average: 0.9, l1: 0.0001}",
        "optimizer={type: lamb, lr: 0.05, weight_decay: 0}"}) {
    TrainJobOptions options = options_;
    options.overrides.emplace_back(sets);
    const auto summary = run_train_job(options);
    ASSERT_THAT(summary, IsOk()) << sets;
    EXPECT_GE(summary->validation->metrics[0], 0.8) << sets;
  }
  options_.overrides.emplace_back("loss={type: cross_entropy, class_weights: [1, 2]}");
  EXPECT_THAT(run_train_job(options_),
              FailsWith(StatusCode::kInvalidArgument, "2 class_weights for 4 classes"));
  options_.overrides.emplace_back("loss={type: cosine}");
  EXPECT_THAT(run_train_job(options_),
              FailsWith(StatusCode::kInvalidArgument, "cosine compares rows of numbers"));
}

TEST_F(TrainJob, FoldersOfImagesAreLearnt) {
  RandomStream random(3);
  for (const char* kind : {"dark", "light"}) {
    ASSERT_THAT(make_directories(dir_.file(std::string("pictures/") + kind)), IsOk());
    for (int i = 0; i < 12; ++i) {
      auto image = Image::create(8, 8, PixelFormat::kGray);
      ASSERT_THAT(image, IsOk());
      for (std::uint8_t& pixel : image->pixels.mutable_span<std::uint8_t>()) {
        pixel = static_cast<std::uint8_t>(random.below(100) + (kind[0] == 'l' ? 150 : 0));
      }
      const Status written =
          write_image(dir_.file(fmt::format("pictures/{}/{}.png", kind, i)), *image);
      if (written.code() == StatusCode::kUnimplemented) GTEST_SKIP() << "built without images";
      ASSERT_THAT(written, IsOk());
    }
  }
  options_.config =
      dir_.write("images.yaml",
                 "data: {type: images, path: pictures, color: gray, validation: 0.25}\n"
                 "augment: {mirror: 0.5, shift: 1}\n"
                 "input: {scale: 0.00392157, mean: 0.5}\n"
                 "model: [conv: 4, relu, global_average_pool, dense: 2]\n"
                 "optimizer: {lr: 0.05}\nepochs: 15\nbatch: 6\nthreads: 1\n"
                 "output: x.onnx\n");
  const auto summary = run_train_job(options_);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->validation->metrics[0], 1) << lines_;
  const auto model = load_model(dir_.file("out/model.onnx"));
  ASSERT_THAT(model, IsOk());
  const auto image = parse_image_row_options(model->metadata.at("image_input"));
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->height, 8);
  EXPECT_EQ(image->tensor.scale, 1) << "the model scales its input";
  EXPECT_EQ(image->decode.format, PixelFormat::kGray);
}

TEST_F(TrainJob, TheSummaryIsJson) {
  options_.overrides.push_back("epochs=1");
  const auto summary = run_train_job(options_);
  ASSERT_THAT(summary, IsOk());
  const auto json = parse_json(to_json(*summary));
  ASSERT_THAT(json, IsOk());
  EXPECT_EQ(*json->find("steps")->as_int(), 6);
  EXPECT_EQ(*json->find("output")->as_string(), dir_.file("out/model.onnx"));
  EXPECT_TRUE(json->find("accuracy")->as_number().has_value());
}

}  // namespace
}  // namespace tern::train
