// Between floats and bytes with a scale and a zero point, and element-wise work on such bytes.
//
// Bytes are i8 where `is_signed`, else u8. Functions with a pool share the elements among its
// threads; nothing is validated or allocated and no lock is taken.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"
#include "tern/thread_pool.h"

namespace tern::cpu {

/// value = (byte - zero) * scale.
struct ByteScale {
  float scale = 1.0F;
  std::int32_t zero = 0;
  bool is_signed = false;
};

/// The least and the largest of some numbers.
struct FloatRange {
  float low = 0.0F;
  float high = 0.0F;
};

/// Two operands and a result, limited.
struct ByteArithmetic {
  ByteScale a, b;
  float y_scale = 1.0F;
  std::int32_t y_zero = 0;
  std::int32_t lo = 0, hi = 255;  ///< numbers of y's type
};

struct QuantizeKernels {
  /// byte = x / scale to nearest, ties to even, plus zero, limited; `zero` where x is not a number.
  void (*quantize)(const float* x, std::uint8_t* y, std::int64_t count,
                   const ByteScale& to) noexcept;
  void (*dequantize)(const std::uint8_t* x, float* y, std::int64_t count,
                     const ByteScale& from) noexcept;
  /// The range of x and `range` together; numbers that are none do not count.
  FloatRange (*range)(const float* x, std::int64_t count, FloatRange range) noexcept;
  /// a * (a.scale / y_scale) + b * (b.scale / y_scale), products and sum rounded to f32, then to a
  /// whole number, ties to even.
  void (*add)(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y, std::int64_t count,
              const ByteArithmetic& numbers) noexcept;
  /// a * b * (a.scale * b.scale / y_scale), likewise.
  void (*multiply)(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y,
                   std::int64_t count, const ByteArithmetic& numbers) noexcept;
  /// y = max(x, y), element by element.
  void (*max_into)(const std::uint8_t* x, std::uint8_t* y, std::int64_t count,
                   bool is_signed) noexcept;
};

const QuantizeKernels& quantize_kernels(Isa isa);

void run_quantize(const float* x, std::uint8_t* y, std::int64_t count, const ByteScale& to,
                  ThreadPool& pool, Isa isa = active_isa()) noexcept;
void run_dequantize(const std::uint8_t* x, float* y, std::int64_t count, const ByteScale& from,
                    ThreadPool& pool, Isa isa = active_isa()) noexcept;
/// The range of x and 0, by the calling thread.
FloatRange range_with_zero(const float* x, std::int64_t count, Isa isa = active_isa()) noexcept;
/// u8 with the scale that just covers a range that has 0 in it (DynamicQuantizeLinear).
ByteScale covering_scale(FloatRange range);
void run_byte_add(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y, std::int64_t count,
                  const ByteArithmetic& numbers, ThreadPool& pool, Isa isa = active_isa()) noexcept;
void run_byte_multiply(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y,
                       std::int64_t count, const ByteArithmetic& numbers, ThreadPool& pool,
                       Isa isa = active_isa()) noexcept;

}  // namespace tern::cpu
