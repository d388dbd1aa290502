// Matrix products with packed and with run-time B: floating-point operations per second.
//
//   gemm_bench --benchmark_filter=packed/avx512
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/compute/gemm.h"
#include "tern/thread_pool.h"

namespace {

using namespace tern::cpu;

struct Size {
  std::int64_t m, n, k;
};

constexpr std::array kSizes{Size{1, 1000, 2048}, Size{4, 1024, 1024},  Size{49, 512, 2048},
                            Size{128, 768, 768}, Size{128, 3072, 768}, Size{196, 256, 1024},
                            Size{256, 256, 256}, Size{512, 512, 512},  Size{784, 512, 128},
                            Size{3136, 256, 64}, Size{3136, 64, 256},  Size{1024, 1024, 1024}};

std::vector<float> filled(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count) + 16);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.01F * static_cast<float>(i % 97);
  return values;
}

void report(benchmark::State& state, Size s) {
  const double flops = 2.0 * static_cast<double>(s.m * s.n * s.k);
  state.counters["GF/s"] = benchmark::Counter(
      flops * static_cast<double>(state.iterations()) * 1e-9, benchmark::Counter::kIsRate);
}

void packed(benchmark::State& state, Size s, Isa isa, int threads) {
  const auto a = filled(s.m * s.k);
  const auto b = filled(s.k * s.n);
  auto c = filled(s.m * s.n);
  tern::ThreadPool pool(threads);
  const GemmPlan plan = plan_gemm({.k = s.k, .n = s.n, .epilogue = Epilogue::relu()}, isa);
  auto weights = filled(plan.packed_floats);
  auto scratch = filled(gemm_scratch_floats(plan, s.m, threads));
  pack_gemm(plan, b.data(), s.n, 1, weights.data());
  const GemmCall call{
      .m = s.m, .a = a.data(), .a_row = s.k, .packed = weights.data(), .c = c.data(), .c_row = s.n};
  for (auto _ : state) {
    run_gemm(plan, call, scratch.data(), pool);
    benchmark::ClobberMemory();
  }
  report(state, s);
}

void dynamic(benchmark::State& state, Size s, Isa isa, int threads) {
  const auto a = filled(s.m * s.k);
  const auto b = filled(s.k * s.n);
  auto c = filled(s.m * s.n);
  tern::ThreadPool pool(threads);
  const BatchGemmPlan plan = plan_batch_gemm(
      {.m = s.m, .n = s.n, .k = s.k, .a = {s.k, 1}, .b = {s.n, 1}, .c_row = s.n}, threads, isa);
  auto scratch = filled(plan.scratch_floats);
  const std::int64_t zero = 0;
  const BatchGemmCall call{.a = a.data(),
                           .b = b.data(),
                           .c = c.data(),
                           .a_offsets = &zero,
                           .b_offsets = &zero,
                           .c_offsets = &zero};
  for (auto _ : state) {
    run_batch_gemm(plan, call, scratch.data(), pool);
    benchmark::ClobberMemory();
  }
  report(state, s);
}

using Program = void (*)(benchmark::State&, Size, Isa, int);

void add(const char* kind, Program program, Size s, Isa isa, int threads) {
  const std::string name = std::string(kind) + "/" + std::string(to_string(isa)) + "/" +
                           std::to_string(s.m) + "x" + std::to_string(s.n) + "x" +
                           std::to_string(s.k) + "/threads:" + std::to_string(threads);
  benchmark::RegisterBenchmark(name.c_str(), program, s, isa, threads)->UseRealTime()->MinTime(0.1);
}

}  // namespace

int main(int argc, char** argv) {
  for (const Isa isa : available_isas()) {
    for (const int threads : {1, 2}) {
      for (const Size& s : kSizes) {
        add("packed", packed, s, isa, threads);
        add("dynamic", dynamic, s, isa, threads);
      }
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
