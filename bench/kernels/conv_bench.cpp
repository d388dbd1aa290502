// Convolution layers of ResNet-50, MobileNetV2 and LeNet by every algorithm that can compute them,
// and the gradients of training layers: floating-point operations per second of the direct sum.
//
//   conv_bench --benchmark_filter=forward/avx512/resnet
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/compute/conv.h"
#include "backend/cpu/compute/conv_backward.h"
#include "tern/thread_pool.h"

namespace {

using namespace tern::cpu;

struct Layer {
  const char* name;
  std::int64_t batch, in_c, out_c, size, kernel, stride, pad, groups;
};

constexpr std::array kLayers{
    Layer{"resnet/stem", 1, 3, 64, 224, 7, 2, 3, 1},
    Layer{"resnet/1.expand", 1, 64, 256, 56, 1, 1, 0, 1},
    Layer{"resnet/1.3x3", 1, 64, 64, 56, 3, 1, 1, 1},
    Layer{"resnet/2.3x3", 1, 128, 128, 28, 3, 1, 1, 1},
    Layer{"resnet/3.3x3", 1, 256, 256, 14, 3, 1, 1, 1},
    Layer{"resnet/4.3x3", 1, 512, 512, 7, 3, 1, 1, 1},
    Layer{"resnet/3.down", 1, 256, 256, 28, 3, 2, 1, 1},
    Layer{"resnet/4.reduce", 1, 2048, 512, 7, 1, 1, 0, 1},
    Layer{"mobilenet/stem", 1, 3, 32, 224, 3, 2, 1, 1},
    Layer{"mobilenet/0.depthwise", 1, 32, 32, 112, 3, 1, 1, 32},
    Layer{"mobilenet/1.expand", 1, 16, 96, 112, 1, 1, 0, 1},
    Layer{"mobilenet/1.depthwise", 1, 96, 96, 112, 3, 2, 1, 96},
    Layer{"mobilenet/1.project", 1, 96, 24, 56, 1, 1, 0, 1},
    Layer{"mobilenet/4.depthwise", 1, 576, 576, 14, 3, 1, 1, 576},
    Layer{"lenet/conv1", 64, 1, 6, 28, 5, 1, 0, 1},
    Layer{"lenet/conv2", 64, 6, 16, 12, 5, 1, 0, 1},
    Layer{"resnet18/1.3x3", 8, 64, 64, 56, 3, 1, 1, 1},
    Layer{"resnet18/3.down", 8, 128, 256, 28, 3, 2, 1, 1},
    Layer{"resnet18/4.3x3", 8, 512, 512, 7, 3, 1, 1, 1},
};

ConvShape shape_of(const Layer& l) {
  const std::int64_t out = (l.size + 2 * l.pad - l.kernel) / l.stride + 1;
  return {.batch = l.batch,
          .in_h = l.size,
          .in_w = l.size,
          .in_c = l.in_c,
          .out_h = out,
          .out_w = out,
          .out_c = l.out_c,
          .kernel_h = l.kernel,
          .kernel_w = l.kernel,
          .stride_h = l.stride,
          .stride_w = l.stride,
          .pad_top = l.pad,
          .pad_left = l.pad,
          .groups = l.groups};
}

std::vector<float> filled(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count) + 16);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.01F * static_cast<float>(i % 97);
  return values;
}

struct Tensors {
  explicit Tensors(const ConvShape& s)
      : x(filled(s.batch * s.in_h * s.in_w * s.in_c)),
        y(filled(s.batch * s.out_h * s.out_w * s.out_c)),
        weights(filled(s.out_c * (s.in_c / s.groups) * s.kernel_h * s.kernel_w)) {}
  std::vector<float> x, y, weights;
};

void report(benchmark::State& state, const ConvShape& s) {
  const double products = static_cast<double>(s.batch * s.out_h * s.out_w * s.out_c) *
                          static_cast<double>(s.in_c / s.groups * s.kernel_h * s.kernel_w);
  state.counters["GF/s"] = benchmark::Counter(
      2e-9 * products * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void forward(benchmark::State& state, const Layer& layer, ConvAlgorithm algorithm, Isa isa,
             int threads) {
  const ConvShape shape = shape_of(layer);
  Tensors t(shape);
  tern::ThreadPool pool(threads);
  const ConvPlan plan = plan_conv(shape, threads, isa, algorithm);
  auto packed = filled(plan.packed_floats);
  auto scratch = filled(plan.scratch_floats);
  pack_conv(plan, t.weights.data(), packed.data(), pool);
  for (auto _ : state) {
    run_conv(plan, {.x = t.x.data(), .packed = packed.data(), .y = t.y.data()}, scratch.data(),
             pool);
    benchmark::ClobberMemory();
  }
  report(state, shape);
}

// Packing is part of it: training changes the weights between any two runs.
void backward_data(benchmark::State& state, const Layer& layer, Isa isa, int threads) {
  const ConvShape shape = shape_of(layer);
  Tensors t(shape);
  tern::ThreadPool pool(threads);
  const ConvBackwardDataPlan plan = plan_conv_backward_data(shape, threads, isa);
  auto packed = filled(plan.packed_floats);
  auto scratch = filled(plan.scratch_floats);
  for (auto _ : state) {
    pack_conv_backward_data(plan, t.weights.data(), packed.data(), pool);
    run_conv_backward_data(plan, t.y.data(), packed.data(), t.x.data(), scratch.data(), pool);
    benchmark::ClobberMemory();
  }
  report(state, shape);
}

void backward_weights(benchmark::State& state, const Layer& layer, Isa isa, int threads) {
  const ConvShape shape = shape_of(layer);
  Tensors t(shape);
  tern::ThreadPool pool(threads);
  const ConvBackwardWeightsPlan plan = plan_conv_backward_weights(shape, threads, isa);
  auto scratch = filled(plan.scratch_floats);
  for (auto _ : state) {
    run_conv_backward_weights(plan, {.x = t.x.data(), .dy = t.y.data(), .dw = t.weights.data()},
                              scratch.data(), pool);
    benchmark::ClobberMemory();
  }
  report(state, shape);
}

std::string name_of(const char* kind, Isa isa, const Layer& layer, const char* algorithm,
                    int threads) {
  return std::string(kind) + "/" + std::string(to_string(isa)) + "/" + layer.name + algorithm +
         "/threads:" + std::to_string(threads);
}

template <class... Args>
void add(const std::string& name, Args... args) {
  benchmark::RegisterBenchmark(name.c_str(), args...)->UseRealTime()->MinTime(0.1);
}

void add_layer(const Layer& layer, Isa isa, int threads) {
  struct Choice {
    ConvAlgorithm algorithm;
    const char* name;
  };
  constexpr std::array kChoices{Choice{ConvAlgorithm::kMatmul, "/matmul"},
                                Choice{ConvAlgorithm::kImplicit, "/implicit"},
                                Choice{ConvAlgorithm::kWinograd, "/winograd"},
                                Choice{ConvAlgorithm::kDepthwise, "/depthwise"}};
  for (const Choice& c : kChoices) {
    if (!conv_supports(shape_of(layer), c.algorithm)) continue;
    add(name_of("forward", isa, layer, c.name, threads), forward, layer, c.algorithm, isa, threads);
  }
  if (layer.batch == 1) return;
  add(name_of("backward_data", isa, layer, "", threads), backward_data, layer, isa, threads);
  add(name_of("backward_weights", isa, layer, "", threads), backward_weights, layer, isa, threads);
}

}  // namespace

int main(int argc, char** argv) {
  for (const Isa isa : available_isas()) {
    for (const int threads : {1, 2}) {
      for (const Layer& layer : kLayers) add_layer(layer, isa, threads);
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
