#include "backend/cpu/compute/quantize.h"

#include <algorithm>
#include <cmath>

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrain = 32 * 1024;  // elements that are worth a thread of their own

}  // namespace

void run_quantize(const float* x, std::uint8_t* y, std::int64_t count, const ByteScale& to,
                  ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    quantize_kernels(isa).quantize(x + begin, y + begin, end - begin, to);
  });
}

void run_dequantize(const std::uint8_t* x, float* y, std::int64_t count, const ByteScale& from,
                    ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    quantize_kernels(isa).dequantize(x + begin, y + begin, end - begin, from);
  });
}

FloatRange range_with_zero(const float* x, std::int64_t count, Isa isa) noexcept {
  return quantize_kernels(isa).range(x, count, FloatRange{});
}

ByteScale covering_scale(FloatRange range) {
  constexpr float kLargest = 255.0F;
  // Nothing but zeros: any scale will do.
  const float scale = range.high == range.low ? 1.0F : (range.high - range.low) / kLargest;
  const float zero = std::nearbyint(std::clamp(-range.low / scale, 0.0F, kLargest));
  return {.scale = scale, .zero = static_cast<std::int32_t>(zero)};
}

void run_byte_add(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y, std::int64_t count,
                  const ByteArithmetic& numbers, ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    quantize_kernels(isa).add(a + begin, b + begin, y + begin, end - begin, numbers);
  });
}

void run_byte_multiply(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y,
                       std::int64_t count, const ByteArithmetic& numbers, ThreadPool& pool,
                       Isa isa) noexcept {
  pool.parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    quantize_kernels(isa).multiply(a + begin, b + begin, y + begin, end - begin, numbers);
  });
}

}  // namespace tern::cpu
