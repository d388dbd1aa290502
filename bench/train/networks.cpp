#include "bench/train/networks.h"

#include <array>
#include <cmath>
#include <string>

#include "base/errors.h"
#include "base/random.h"
#include "tern/autodiff.h"
#include "tern/functions.h"
#include "tern/graph_builder.h"
#include "tern/ops/loss.h"
#include "tern/ops/train.h"

namespace tern::bench {
namespace {

// A graph in the making, with the variables the optimiser changes.
class Network {
 public:
  explicit Network(std::string_view name) : b(name) {}

  GraphBuilder b;

  /// Uniform in [-limit, limit].
  Value weight(std::string_view name, const Shape& shape, double limit) {
    Tensor values = *Tensor::uninitialized(DType::kF32, shape);
    for (float& v : values.mutable_span<float>()) {
      v = static_cast<float>((2 * random_.uniform_double() - 1) * limit);
    }
    return parameter(name, std::move(values));
  }
  Value filled(std::string_view name, const Shape& shape, float value, bool trainable = true) {
    Tensor values = *Tensor::uninitialized(DType::kF32, shape);
    for (float& v : values.mutable_span<float>()) v = value;
    return trainable ? parameter(name, std::move(values))
                     : b.variable(name, std::move(values), /*trainable=*/false);
  }

  Value dense(Value x, std::int64_t in, std::int64_t out, std::string_view name) {
    const double limit = 1 / std::sqrt(static_cast<double>(in));
    const Value w = weight(std::string(name) + ".weight", {in, out}, limit);
    return matmul(x, w) + weight(std::string(name) + ".bias", {out}, limit);
  }

  Value conv(Value x, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
             std::int64_t pad, bool bias, std::string_view name) {
    const double limit = 1 / std::sqrt(static_cast<double>(in * kernel * kernel));
    const Value w = weight(std::string(name) + ".weight", {out, in, kernel, kernel}, limit);
    const Value shift = bias ? weight(std::string(name) + ".bias", {out}, limit) : Value();
    return tern::conv(x, w, shift,
                      {.kernel_shape = {kernel, kernel},
                       .pads = {pad, pad, pad, pad},
                       .strides = {stride, stride}});
  }

  Value batch_norm(Value x, std::int64_t channels, std::string_view name) {
    const std::string prefix(name);
    const Value mean = filled(prefix + ".mean", {channels}, 0, false);
    const Value variance = filled(prefix + ".var", {channels}, 1, false);
    const auto results = b.op_n(ops::BatchNormalization{.training_mode = true},
                                {x, filled(prefix + ".scale", {channels}, 1),
                                 filled(prefix + ".bias", {channels}, 0), mean, variance},
                                3);
    b.update(mean, results[1]);
    b.update(variance, results[2]);
    return results[0];
  }

  Value layer_norm(Value x, std::int64_t width, std::string_view name) {
    const std::string prefix(name);
    return layer_normalization(x, filled(prefix + ".scale", {width}, 1),
                               filled(prefix + ".bias", {width}, 0), {});
  }

  Value loss_of(Value scores, Value labels) {
    return b.op(ops::SoftmaxCrossEntropyLoss{}, {scores, labels});
  }

  void sgd(Value loss, float rate, float momentum) {
    const Value learning_rate = b.scalar(rate);
    const std::vector<Value> d = gradients(loss, parameters_);
    for (std::size_t i = 0; i < d.size(); ++i) {
      const Value state = zeros_of(parameters_[i], i, "momentum");
      const auto updated = b.op_n(ops::SgdUpdate{.momentum = momentum},
                                  {parameters_[i], d[i], learning_rate, state}, 2);
      b.update(parameters_[i], updated[0]);
      b.update(state, updated[1]);
    }
  }

  void adamw(Value loss, float rate, float decay) {
    const Value learning_rate = b.scalar(rate);
    const Value done = b.variable("step", Tensor::scalar<std::int64_t>(0), /*trainable=*/false);
    const Value step = done + b.scalar<std::int64_t>(1);
    b.update(done, step);
    const std::vector<Value> d = gradients(loss, parameters_);
    for (std::size_t i = 0; i < d.size(); ++i) {
      const Value m = zeros_of(parameters_[i], i, "m");
      const Value v = zeros_of(parameters_[i], i, "v");
      const auto updated =
          b.op_n(ops::AdamUpdate{.decoupled_weight_decay = true, .weight_decay = decay},
                 {parameters_[i], d[i], learning_rate, step, m, v}, 3);
      b.update(parameters_[i], updated[0]);
      b.update(m, updated[1]);
      b.update(v, updated[2]);
    }
  }

 private:
  Value parameter(std::string_view name, Tensor values) {
    parameters_.push_back(b.variable(name, std::move(values)));
    return parameters_.back();
  }
  Value zeros_of(Value parameter, std::size_t i, std::string_view what) {
    return b.variable(fmt::format("{}.{}", what, i),
                      *Tensor::zeros(DType::kF32, parameter.type().concrete_shape()),
                      /*trainable=*/false);
  }

  RandomStream random_{7};
  std::vector<Value> parameters_;
};

Tensor normal_values(const Shape& shape) {
  RandomStream random(11);
  Tensor values = *Tensor::uninitialized(DType::kF32, shape);
  for (float& v : values.mutable_span<float>()) v = static_cast<float>(random.normal());
  return values;
}

Tensor random_labels(const Shape& shape, std::uint64_t classes, std::uint64_t seed) {
  RandomStream random(seed);
  Tensor values = *Tensor::uninitialized(DType::kI64, shape);
  for (std::int64_t& v : values.mutable_span<std::int64_t>()) {
    v = static_cast<std::int64_t>(random.below(classes));
  }
  return values;
}

Result<TrainingTask> finish(Network& net, Value loss, std::vector<Tensor> inputs,
                            std::string_view unit, std::int64_t per_step) {
  net.b.output("loss", loss);
  TERN_ASSIGN_OR_RETURN(Graph graph, net.b.build());
  return TrainingTask{std::move(graph), std::move(inputs), unit, per_step};
}

Result<TrainingTask> lenet() {
  constexpr std::int64_t kBatch = 64;
  Network net("lenet");
  const Value x = net.b.input("x", DType::kF32, {"N", 1, 28, 28});
  const Value y = net.b.input("y", DType::kI64, {"N"});
  const ops::MaxPool half{.kernel_shape = {2, 2}, .strides = {2, 2}};
  Value h = max_pool(relu(net.conv(x, 1, 20, 5, 1, 0, true, "c1")), half);
  h = max_pool(relu(net.conv(h, 20, 50, 5, 1, 0, true, "c2")), half);
  h = relu(net.dense(flatten(h), 800, 500, "f1"));
  const Value loss = net.loss_of(net.dense(h, 500, 10, "f2"), y);
  net.sgd(loss, 0.005F, 0.9F);
  return finish(net, loss, {normal_values({kBatch, 1, 28, 28}), random_labels({kBatch}, 10, 3)},
                "images", kBatch);
}

Result<TrainingTask> mlp() {
  constexpr std::int64_t kBatch = 128;
  Network net("mlp");
  const Value x = net.b.input("x", DType::kF32, {"N", 784});
  const Value y = net.b.input("y", DType::kI64, {"N"});
  Value h = relu(net.dense(x, 784, 512, "f1"));
  h = relu(net.dense(h, 512, 512, "f2"));
  const Value loss = net.loss_of(net.dense(h, 512, 10, "f3"), y);
  net.sgd(loss, 0.005F, 0.9F);
  return finish(net, loss, {normal_values({kBatch, 784}), random_labels({kBatch}, 10, 3)}, "images",
                kBatch);
}

Value basic_block(Network& net, Value x, std::int64_t in, std::int64_t out, std::int64_t stride,
                  const std::string& name) {
  Value h = net.conv(x, in, out, 3, stride, 1, false, name + ".conv1");
  h = relu(net.batch_norm(h, out, name + ".bn1"));
  h = net.batch_norm(net.conv(h, out, out, 3, 1, 1, false, name + ".conv2"), out, name + ".bn2");
  if (in != out) {
    x = net.batch_norm(net.conv(x, in, out, 1, stride, 0, false, name + ".down"), out,
                       name + ".down_bn");
  }
  return relu(h + x);
}

Result<TrainingTask> resnet18() {
  constexpr std::int64_t kBatch = 32;
  Network net("resnet18");
  const Value x = net.b.input("x", DType::kF32, {"N", 3, 32, 32});
  const Value y = net.b.input("y", DType::kI64, {"N"});
  Value h = relu(net.batch_norm(net.conv(x, 3, 64, 3, 1, 1, false, "stem"), 64, "stem_bn"));
  constexpr std::array<std::int64_t, 4> kWidths{64, 128, 256, 512};
  std::int64_t in = 64;
  for (std::size_t stage = 0; stage < kWidths.size(); ++stage) {
    for (int block = 0; block < 2; ++block) {
      const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      h = basic_block(net, h, in, kWidths[stage], stride, fmt::format("layer{}.{}", stage, block));
      in = kWidths[stage];
    }
  }
  const Value loss = net.loss_of(net.dense(flatten(global_average_pool(h)), 512, 10, "fc"), y);
  net.sgd(loss, 0.005F, 0.9F);
  return finish(net, loss, {normal_values({kBatch, 3, 32, 32}), random_labels({kBatch}, 10, 3)},
                "images", kBatch);
}

struct GptSizes {
  std::int64_t batch = 8, length = 128, width = 256, heads = 8, vocabulary = 256;
};

Value decoder_layer(Network& net, Value x, Value causal, const GptSizes& s,
                    const std::string& name) {
  const std::int64_t head = s.width / s.heads;
  const auto heads = [&](Value t) {
    return transpose(reshape(t, {s.batch, s.length, s.heads, head}), {0, 2, 1, 3});
  };
  const Value qkv =
      net.dense(net.layer_norm(x, s.width, name + ".n1"), s.width, 3 * s.width, name + ".qkv");
  const std::vector<Value> parts = split(qkv, {s.width, s.width, s.width}, 2);
  const Value q = heads(parts[0]), k = heads(parts[1]), v = heads(parts[2]);
  Value score = matmul(q, transpose(k, {0, 1, 3, 2})) / std::sqrt(static_cast<double>(head));
  score = where(causal, score, -1e4);
  const Value mixed = transpose(matmul(softmax(score), v), {0, 2, 1, 3});
  x = x + net.dense(reshape(mixed, {s.batch, s.length, s.width}), s.width, s.width, name + ".o");
  const Value up =
      gelu(net.dense(net.layer_norm(x, s.width, name + ".n2"), s.width, 4 * s.width, name + ".up"),
           ops::GeluApproximation::kTanh);
  return x + net.dense(up, 4 * s.width, s.width, name + ".down");
}

Result<TrainingTask> gpt() {
  const GptSizes s;
  Network net("gpt");
  const Value tokens = net.b.input("x", DType::kI64, {s.batch, s.length});
  const Value y = net.b.input("y", DType::kI64, {s.batch * s.length});
  Value h = gather(net.weight("tok", {s.vocabulary, s.width}, 0.035), tokens) +
            net.weight("pos", {1, s.length, s.width}, 0.035);
  Tensor mask = *Tensor::zeros(DType::kBool, {1, 1, s.length, s.length});
  for (std::int64_t i = 0; i < s.length; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) mask.mutable_data<bool>()[i * s.length + j] = true;
  }
  const Value causal = net.b.constant(std::move(mask), "causal");
  for (int layer = 0; layer < 4; ++layer) {
    h = decoder_layer(net, h, causal, s, fmt::format("layer{}", layer));
  }
  h = reshape(net.layer_norm(h, s.width, "norm"), {s.batch * s.length, s.width});
  const Value scores = matmul(h, net.weight("out", {s.width, s.vocabulary}, 1.0 / 16));
  const Value loss = net.loss_of(scores, y);
  net.adamw(loss, 1e-4F, 0.01F);
  return finish(
      net, loss,
      {random_labels({s.batch, s.length}, 256, 3), random_labels({s.batch * s.length}, 256, 4)},
      "tokens", s.batch * s.length);
}

struct Row {
  std::string_view name;
  Result<TrainingTask> (*make)();
};
constexpr std::array kTasks{Row{"lenet", lenet}, Row{"mlp", mlp}, Row{"resnet18", resnet18},
                            Row{"gpt", gpt}};

}  // namespace

std::vector<std::string_view> task_names() {
  std::vector<std::string_view> names;
  for (const Row& row : kTasks) names.push_back(row.name);
  return names;
}

Result<TrainingTask> make_task(std::string_view name) {
  for (const Row& row : kTasks) {
    if (row.name == name) return row.make();
  }
  return not_found("there is no task '{}'", name);
}

}  // namespace tern::bench
