// Points inside and outside a circle: a network learns to tell them apart, is saved as ONNX, loaded
// again, and asked about two points.
#include <cstdint>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

#include "tern/dataset.h"
#include "tern/functions.h"
#include "tern/loss.h"
#include "tern/nn.h"
#include "tern/session.h"
#include "tern/trainer.h"

namespace {

// 1,000 points, and for each 1 when it lies inside the circle, else 0.
tern::Result<tern::Dataset> make_points() {
  std::mt19937 random(1);
  std::vector<float> points;
  std::vector<std::int64_t> inside;
  for (int i = 0; i < 1000; ++i) {
    const float x = static_cast<float>(random()) / 0x1p31F - 1;
    const float y = static_cast<float>(random()) / 0x1p31F - 1;
    points.insert(points.end(), {x, y});
    inside.push_back(x * x + y * y < 0.6F ? 1 : 0);
  }
  auto inputs = tern::Tensor::from<float>({1000, 2}, points);
  if (!inputs.ok()) return inputs.status();
  auto labels = tern::Tensor::from<std::int64_t>({1000}, inside);
  if (!labels.ok()) return labels.status();
  return tern::Dataset::from_tensors({{"point", *inputs}, {"inside", *labels}});
}

tern::Result<tern::Graph> make_model() {
  tern::GraphBuilder b("circle");
  tern::nn::Layers nn(b, {.seed = 1});
  tern::Value h = b.input("point", tern::DType::kF32, {"N", 2});
  h = relu(nn.dense(h, {.units = 32}));
  h = relu(nn.dense(h, {.units = 32}));
  b.output("probabilities", softmax(nn.dense(h, {.units = 2})));
  return b.build();
}

tern::Status train(tern::Dataset points) {
  auto parts = points.split(0.2, 1);
  if (!parts.ok()) return parts.status();
  auto learn = tern::DataLoader::create(parts->rest, {.batch = 20, .shuffle = true, .seed = 1});
  if (!learn.ok()) return learn.status();
  auto test = tern::DataLoader::create(parts->part, {.batch = 100});
  if (!test.ok()) return test.status();
  auto model = make_model();
  if (!model.ok()) return model.status();
  auto target = tern::target_of(points);
  if (!target.ok()) return target.status();

  // The loss works on what the softmax is given, which is exact where probabilities are tiny.
  const auto loss = [](tern::Value y, tern::Value t) { return cross_entropy(scores_of(y), t); };
  auto trainer = tern::Trainer::create(*std::move(model), *target,
                                       {.loss = loss,
                                        .metrics = {{"accuracy", tern::accuracy}},
                                        .learning_rate = tern::constant_rate(0.01)});
  if (!trainer.ok()) return trainer.status();
  const auto report = [](const tern::EpochReport& r) {
    if (r.epoch % 10 == 0) {
      std::printf("epoch %2d  loss %.3f  held out: %.1f %% right\n", static_cast<int>(r.epoch),
                  r.loss, 100 * r.validation->metrics[0]);
    }
    return tern::Status();
  };
  auto result = trainer->fit(
      *learn, {.epochs = 30, .validation = &*test, .keep_best = true, .on_epoch = report});
  if (!result.ok()) return result.status();
  if (result->best_value < 0.95) return {tern::StatusCode::kInternal, "it has not learnt enough"};
  return trainer->save("circle.onnx");
}

tern::Status ask() {
  auto session = tern::Session::load("circle.onnx");
  if (!session.ok()) return session.status();
  auto two = tern::Tensor::from<float>({2, 2}, std::vector<float>{0, 0, 0.9F, 0.9F});
  if (!two.ok()) return two.status();
  auto outputs = session->run({{"point", *two}});
  if (!outputs.ok()) return outputs.status();
  const auto p = outputs->front().span<float>();
  std::printf("the centre is inside with probability %.2f, the corner with %.2f\n", p[1], p[3]);
  if (p[1] > 0.9F && p[3] < 0.1F) return {};
  return {tern::StatusCode::kInternal, "that is wrong"};
}

tern::Status run() {
  auto points = make_points();
  if (!points.ok()) return points.status();
  if (tern::Status trained = train(*points); !trained.ok()) return trained;
  return ask();
}

}  // namespace

int main() {
  const tern::Status status = run();
  if (!status.ok()) std::fprintf(stderr, "train_circle: %s\n", status.to_string().c_str());
  return status.ok() ? 0 : 1;
}
