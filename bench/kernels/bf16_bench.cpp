// Products and convolutions in bf16 beside those in f32, in turn: the least time of each in GF/s,
// and the ratio. A row per unit of this processor, those that sessions do not take included.
//
//   bf16_bench --benchmark_filter=conv
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/compute/bf16_conv.h"
#include "backend/cpu/compute/conv.h"
#include "tern/thread_pool.h"

namespace {

using namespace tern::cpu;

template <class T>
std::vector<T> filled(std::int64_t count, T unit) {
  std::vector<T> values(static_cast<std::size_t>(count) + 32);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(unit * (i % 97));
  return values;
}

template <class Job>
double seconds(Job job) {
  const auto start = std::chrono::steady_clock::now();
  job();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <class Exact, class Rounded>
void compare(benchmark::State& state, double flops, Exact exact, Rounded rounded) {
  double best_exact = 1e9;
  double best_rounded = 1e9;
  for (auto _ : state) {
    best_exact = std::min(best_exact, seconds(exact));
    best_rounded = std::min(best_rounded, seconds(rounded));
  }
  state.counters["f32 GF/s"] = flops / best_exact * 1e-9;
  state.counters["bf16 GF/s"] = flops / best_rounded * 1e-9;
  state.counters["ratio"] = best_exact / best_rounded;
}

struct Size {
  std::int64_t m, n, k;
};

void product(benchmark::State& state, Size s, Bf16Unit unit) {
  const auto a = filled(s.m * s.k, 0.01F);
  const auto b = filled(s.k * s.n, 0.01F);
  auto c = filled(s.m * s.n, 0.0F);
  tern::ThreadPool pool(1);
  const GemmPlan plan = plan_gemm({.k = s.k, .n = s.n, .epilogue = {}});
  auto weights = filled(plan.packed_floats, 0.0F);
  auto scratch = filled(gemm_scratch_floats(plan, s.m, 1), 0.0F);
  pack_gemm(plan, b.data(), s.n, 1, weights.data());
  const Bf16GemmPlan bf16 =
      plan_bf16_gemm({.k = s.k, .n = s.n, .epilogue = {}}, *bf16_kernels(unit));
  auto bf16_weights = filled(bf16.packed_elements, Bf16{0});
  auto bf16_scratch =
      filled(static_cast<std::int64_t>(bf16_gemm_scratch_bytes(bf16, s.m, 1)), std::uint8_t{0});
  pack_bf16_gemm(bf16, b.data(), s.n, 1, bf16_weights.data(), pool);
  compare(
      state, 2.0 * static_cast<double>(s.m * s.n * s.k),
      [&] {
        run_gemm(plan,
                 {.m = s.m,
                  .a = a.data(),
                  .a_row = s.k,
                  .packed = weights.data(),
                  .c = c.data(),
                  .c_row = s.n},
                 scratch.data(), pool);
      },
      [&] {
        run_bf16_gemm(bf16,
                      {.m = s.m,
                       .a = a.data(),
                       .a_row = s.k,
                       .packed = bf16_weights.data(),
                       .c = c.data(),
                       .c_row = s.n},
                      bf16_scratch.data(), pool);
      });
}

// The f32 side takes the algorithm that it favours: Winograd for most 3x3 layers.
void convolution(benchmark::State& state, ConvShape s, Bf16Unit unit) {
  const auto x = filled(s.batch * s.in_h * s.in_w * s.in_c, 0.01F);
  const auto w = filled(s.out_c * s.in_c * s.kernel_h * s.kernel_w, 0.01F);
  auto y = filled(s.batch * s.out_h * s.out_w * s.out_c, 0.0F);
  tern::ThreadPool pool(1);
  const ConvPlan plan = plan_conv(s, 1);
  auto weights = filled(plan.packed_floats, 0.0F);
  auto scratch = filled(plan.scratch_floats, 0.0F);
  pack_conv(plan, w.data(), weights.data(), pool);
  const Bf16ConvPlan bf16 = plan_bf16_conv(s, 1, *bf16_kernels(unit));
  auto bf16_weights = filled(bf16.gemm.packed_elements, Bf16{0});
  auto bf16_scratch = filled(static_cast<std::int64_t>(bf16.scratch_bytes), std::uint8_t{0});
  pack_bf16_conv(bf16, w.data(), bf16_weights.data(), pool);
  const std::int64_t taps = s.in_c * s.kernel_h * s.kernel_w;
  compare(
      state, 2.0 * static_cast<double>(s.batch * s.out_h * s.out_w * s.out_c * taps),
      [&] {
        run_conv(plan, {.x = x.data(), .packed = weights.data(), .y = y.data()}, scratch.data(),
                 pool);
      },
      [&] {
        run_bf16_conv(bf16, {.x = x.data(), .packed = bf16_weights.data(), .y = y.data()},
                      bf16_scratch.data(), pool);
      });
}

ConvShape layer(std::int64_t size, std::int64_t in_c, std::int64_t out_c, std::int64_t kernel,
                std::int64_t stride = 1) {
  ConvShape s{.in_h = size, .in_w = size, .in_c = in_c, .out_c = out_c};
  s.kernel_h = s.kernel_w = kernel;
  s.stride_h = s.stride_w = stride;
  s.pad_top = s.pad_left = kernel / 2;
  s.out_h = s.out_w = (size + stride - 1) / stride;
  return s;
}

void add_all(Bf16Unit unit) {
  const std::string end = "/" + std::string(to_string(unit));
  for (const Size s : {Size{1, 768, 768}, Size{8, 768, 768}, Size{128, 768, 768},
                       Size{128, 3072, 768}, Size{128, 768, 3072}, Size{1024, 1024, 1024}}) {
    const std::string name = "product/" + std::to_string(s.m) + "x" + std::to_string(s.n) + "x" +
                             std::to_string(s.k) + end;
    benchmark::RegisterBenchmark(name.c_str(), product, s, unit)->MinTime(0.1);
  }
  for (const ConvShape& s :
       {layer(224, 3, 64, 7, 2), layer(56, 64, 64, 3), layer(28, 128, 128, 3),
        layer(14, 256, 256, 3), layer(7, 512, 512, 3), layer(56, 128, 128, 3, 2),
        layer(56, 64, 256, 1), layer(28, 512, 128, 1), layer(14, 1024, 256, 1),
        layer(7, 512, 2048, 1), layer(56, 256, 512, 1, 2), layer(80, 64, 64, 3),
        layer(160, 32, 32, 1)}) {
    const std::string name = "conv/" + std::to_string(s.in_h) + "/" + std::to_string(s.in_c) + "-" +
                             std::to_string(s.out_c) + "/kernel:" + std::to_string(s.kernel_h) +
                             "/stride:" + std::to_string(s.stride_h) + end;
    benchmark::RegisterBenchmark(name.c_str(), convolution, s, unit)->MinTime(0.1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const Bf16Unit unit : {Bf16Unit::kDot, Bf16Unit::kTiles}) {
    if (unit <= active_bf16_unit()) add_all(unit);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
