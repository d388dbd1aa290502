#include "tern/ops/microsoft.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor u8(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kU8, shape, values);
}

/// Column n of the weights as numbers of `bits` bits: (3 n + 5 k) modulo 2^bits.
std::int64_t number(std::int64_t n, std::int64_t k, std::int64_t bits) {
  return (3 * n + 5 * k) % (std::int64_t{1} << bits);
}

/// N columns of `blocks` blocks, packed lowest bits first.
Tensor packed(std::int64_t columns, std::int64_t blocks, std::int64_t block_size,
              std::int64_t bits) {
  const std::int64_t bytes = block_size * bits / 8;
  const std::int64_t each = 8 / bits;
  std::vector<std::int64_t> values;
  for (std::int64_t n = 0; n < columns; ++n) {
    for (std::int64_t i = 0; i < blocks * bytes; ++i) {
      std::int64_t byte = 0;
      for (std::int64_t s = 0; s < each; ++s) byte |= number(n, i * each + s, bits) << (s * bits);
      values.push_back(byte);
    }
  }
  return u8({columns, blocks, bytes}, values);
}

double scale(std::int64_t n, std::int64_t block) {
  return 0.25 * static_cast<double>(n % 3 + 1) - 0.125 * static_cast<double>(block % 2);
}
Tensor scales(std::int64_t columns, std::int64_t blocks) {
  return filled(DType::kF32, {columns, blocks},
                [&](std::int64_t i) { return scale(i / blocks, i % blocks); });
}
Tensor rows(std::int64_t count, std::int64_t k) {
  return filled(DType::kF32, {count, k},
                [](std::int64_t i) { return static_cast<double>(i % 7 - 3) / 4; });
}

/// The product with zero points zero(n, block) and the block of every k.
template <class Zero, class Block>
Tensor product(const Tensor& a, std::int64_t columns, std::int64_t bits, Zero zero, Block block_of,
               double bias = 0) {
  const std::vector<double> x = values_of(a);
  const std::int64_t k_size = a.dim(1);
  return filled(DType::kF32, {a.dim(0), columns}, [&](std::int64_t i) {
    const std::int64_t m = i / columns, n = i % columns;
    double sum = bias;
    for (std::int64_t k = 0; k < k_size; ++k) {
      const std::int64_t block = block_of(k);
      const double w = (static_cast<double>(number(n, k, bits)) - zero(n, block)) * scale(n, block);
      sum += x[static_cast<std::size_t>(m * k_size + k)] * w;
    }
    return sum;
  });
}

ops::MatMulNBits sized(std::int64_t k, std::int64_t n, std::int64_t bits, std::int64_t block_size) {
  return {.K = k, .N = n, .bits = bits, .block_size = block_size};
}

constexpr auto kBy16 = [](std::int64_t k) { return k / 16; };

}  // namespace

TERN_OP_TEST(MatMulNBits) {
  const auto middle = [](auto, auto) { return 8.0; };
  const auto by_block = [](std::int64_t n, std::int64_t b) {
    return static_cast<double>((n + 2 * b) % 16);
  };
  // The zero points of 3 blocks in two bytes a column.
  std::vector<std::int64_t> zero_bytes;
  for (std::int64_t n = 0; n < 5; ++n) {
    zero_bytes.push_back((n % 16) | ((n + 2) % 16) << 4);
    zero_bytes.push_back((n + 4) % 16);
  }
  const Tensor zeros = u8({5, 2}, zero_bytes);
  const Tensor few = rows(3, 40), many = rows(20, 40), one = rows(1, 96);
  const Tensor backwards =
      filled(DType::kI32, {40}, [](std::int64_t k) { return static_cast<double>((39 - k) / 16); });
  return {
      {.name = "4 bits, a last block that is not full",
       .op = sized(40, 5, 4, 16),
       .inputs = {few, packed(5, 3, 16, 4), scales(5, 3)},
       .expected = {product(few, 5, 4, middle, kBy16)}},
      {.name = "many rows",
       .op = sized(40, 5, 4, 16),
       .inputs = {many, packed(5, 3, 16, 4), scales(5, 3), zeros},
       .expected = {product(many, 5, 4, by_block, kBy16)},
       .tolerance = {.relative = 1e-4, .absolute = 1e-4}},
      {.name = "packed zero points and a bias",
       .op = sized(40, 5, 4, 16),
       .inputs = {few, packed(5, 3, 16, 4), scales(5, 3), zeros, Tensor(),
                  f32({5}, {0.5, 0.5, 0.5, 0.5, 0.5})},
       .expected = {product(few, 5, 4, by_block, kBy16, 0.5)}},
      {.name = "zero points that are numbers",
       .op = sized(40, 5, 4, 16),
       .inputs = {few, packed(5, 3, 16, 4), scales(5, 3),
                  filled(DType::kF32, {5, 3}, [](std::int64_t i) { return i + 0.5; })},
       .expected = {product(
           few, 5, 4, [](auto n, auto b) { return 3.0 * n + b + 0.5; }, kBy16)},
       .tolerance = {.relative = 1e-4, .absolute = 1e-4}},
      {.name = "a block for every k",
       .op = sized(40, 5, 4, 16),
       .inputs = {few, packed(5, 3, 16, 4), scales(5, 3), zeros, backwards},
       .expected = {product(few, 5, 4, by_block, [](std::int64_t k) { return (39 - k) / 16; })}},
      {.name = "8 bits, one row",
       .op = sized(96, 4, 8, 32),
       .inputs = {one, packed(4, 3, 32, 8), scales(4, 3)},
       .expected = {product(
           one, 4, 8, [](auto, auto) { return 128.0; }, [](std::int64_t k) { return k / 32; })},
       .tolerance = {.relative = 1e-4, .absolute = 1e-3},
       .other_dtypes = false},
      {.name = "2 bits, arranged in fewer axes",
       .op = sized(96, 4, 2, 32),
       .inputs = {one, *packed(4, 3, 32, 2).reshape({96}), *scales(4, 3).reshape({12})},
       .expected = {product(
           one, 4, 2, [](auto, auto) { return 2.0; }, [](std::int64_t k) { return k / 32; })}},
  };
}

TEST(MatMulNBits, RefusesWhatDoesNotFit) {
  const Tensor a = rows(1, 32), b = packed(2, 2, 16, 4), s = scales(2, 2);
  expect_refused(sized(32, 2, 3, 16), {a, b, s}, "weights of 3 bits are not supported");
  expect_refused(sized(32, 2, 4, 24), {a, b, s}, "block_size is 24, not a power of two");
  expect_refused(sized(32, 0, 4, 16), {a, b, s}, "K is 32 and N 0");
  expect_refused(sized(33, 2, 4, 16), {a, b, s}, "A has 32 columns, K is 33");
  expect_refused(sized(32, 3, 4, 16), {a, b, s}, "B has 32 elements, not 48");
  expect_refused(sized(32, 2, 4, 16), {a, b, scales(2, 3)}, "scales has 6 elements, not 4");
  expect_refused(sized(32, 2, 4, 16), {a, b, s, u8({3}, {1, 2, 3})},
                 "zero_points has 3 elements, not 2");
  expect_refused(sized(32, 2, 4, 16), {a, b, s, Tensor(), i32({2}, {0, 0})},
                 "g_idx has 2 entries, K is 32");
  ops::MatMulNBits arranged = sized(32, 2, 4, 16);
  arranged.weight_prepacked = 1;
  expect_refused(arranged, {a, b, s}, "weight_prepacked = 1 is not supported");
}

}  // namespace tern::testing
