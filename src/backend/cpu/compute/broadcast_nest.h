// The loop nest of an element-wise function of several broadcast operands.
//
//   const auto nest = make_nest<2>(out_dims, {a_dims, b_dims});
//   for_each_row(nest, first, end, [&](const std::array<std::int64_t, 2>& at, std::int64_t out) {
//     ... nest.columns elements of y from `out`, of operand i from at[i] with nest.step[i] (0 or 1)
//   });
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tern::cpu {

inline constexpr std::size_t kMaxNestRank = 16;

/// Dimensions that all operands step through as one are joined, so most nests are a single row.
template <std::size_t kOperands>
struct BroadcastNest {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::array<std::int64_t, kOperands> step{};  ///< per operand along a row: 0 repeats one element
  std::size_t rank = 0;                        ///< of the dimensions that make up the rows
  std::array<std::int64_t, kMaxNestRank> dims{};
  std::array<std::array<std::int64_t, kOperands>, kMaxNestRank> strides{};
};

/// Operands are dense and broadcast to `out` by ONNX's rules; at most kMaxNestRank dimensions.
template <std::size_t kOperands>
BroadcastNest<kOperands> make_nest(
    std::span<const std::int64_t> out,
    const std::array<std::span<const std::int64_t>, kOperands>& operands) {
  BroadcastNest<kOperands> nest;
  std::array<std::int64_t, kOperands> next;  // stride of the operand's next dimension outwards
  next.fill(1);
  // Innermost first; dims[0] is what becomes the row.
  std::array<std::int64_t, kMaxNestRank> dims{};
  std::array<std::array<std::int64_t, kOperands>, kMaxNestRank> strides{};
  std::size_t count = 0;
  for (std::size_t d = 0; d < out.size(); ++d) {
    std::array<std::int64_t, kOperands> stride{};
    for (std::size_t i = 0; i < kOperands; ++i) {
      const std::span<const std::int64_t> own = operands[i];
      const std::int64_t size = d < own.size() ? own[own.size() - 1 - d] : 1;
      stride[i] = size == 1 ? 0 : next[i];
      next[i] *= size;
    }
    const std::int64_t size = out[out.size() - 1 - d];
    if (size == 1) continue;
    bool joins = count > 0;
    for (std::size_t i = 0; joins && i < kOperands; ++i) {
      joins = stride[i] == strides[count - 1][i] * dims[count - 1];
    }
    if (joins) {
      dims[count - 1] *= size;
    } else {
      dims[count] = size;
      strides[count++] = stride;
    }
  }
  if (count == 0) return nest;
  nest.columns = dims[0];
  nest.step = strides[0];
  nest.rank = count - 1;
  for (std::size_t d = 1; d < count; ++d) {
    nest.dims[count - 1 - d] = dims[d];
    nest.strides[count - 1 - d] = strides[d];
    nest.rows *= dims[d];
  }
  return nest;
}

/// Calls body(where each operand's row starts, where the output's does) for rows [begin, end).
template <std::size_t kOperands, class Body>
void for_each_row(const BroadcastNest<kOperands>& nest, std::int64_t begin, std::int64_t end,
                  Body body) {
  std::array<std::int64_t, kMaxNestRank> index{};
  std::array<std::int64_t, kOperands> at{};
  std::int64_t rest = begin;
  for (std::size_t d = nest.rank; d-- > 0;) {
    index[d] = rest % nest.dims[d];
    rest /= nest.dims[d];
    for (std::size_t i = 0; i < kOperands; ++i) at[i] += index[d] * nest.strides[d][i];
  }
  for (std::int64_t row = begin; row < end; ++row) {
    body(at, row * nest.columns);
    for (std::size_t d = nest.rank; d-- > 0;) {
      for (std::size_t i = 0; i < kOperands; ++i) at[i] += nest.strides[d][i];
      if (++index[d] < nest.dims[d]) break;
      for (std::size_t i = 0; i < kOperands; ++i) at[i] -= nest.dims[d] * nest.strides[d][i];
      index[d] = 0;
    }
  }
}

}  // namespace tern::cpu
