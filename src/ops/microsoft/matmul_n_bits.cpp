#include "base/errors.h"
#include "ops/expand.h"
#include "ops/microsoft/n_bit_weights.h"
#include "ops/quant/packed_bits.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"

namespace tern {
namespace {

using ops::kNBitA, ops::kNBitB, ops::kNBitBias, ops::kNBitGroups, ops::kNBitScales, ops::kNBitZeros;

/// Fails unless the input has this many elements, as far as that is known. Writers differ in how
/// they arrange these in axes.
Status check_elements(std::string_view name, const TypeInfo& type, std::int64_t wanted) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  std::int64_t elements = 1;
  for (const Dim& dim : type.shape) {
    if (!dim.known()) return {};
    if (dim.value() != 0 && elements > kMost / dim.value()) {
      return invalid_argument("{} has more than {} elements", name, kMost);
    }
    elements *= dim.value();
  }
  if (elements == wanted) return {};
  return invalid_argument("{} has {} elements, not {}", name, elements, wanted);
}

struct MatMulNBitsImpl {
  static constexpr std::string_view summary =
      "Matrix product with weights of few bits, which are scaled block by block.";
  static constexpr auto inputs =
      std::array{Port{"A", kFloats},
                 Port{"B", DType::kU8, PortKind::kRequired, 'B'},
                 Port{"scales", kFloats},
                 Port{"zero_points", kFloats | DType::kU8, PortKind::kOptional, 'Z'},
                 Port{"g_idx", DType::kI32, PortKind::kOptional, 'G'},
                 Port{"bias", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::MatMulNBits& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const ops::NBitLayout w, ops::NBitLayout::of(op));
    std::vector<Dim> y = c.in[kNBitA].shape;
    if (y.empty()) return invalid_argument("A is a scalar");
    if (y.back().known() && y.back().value() != w.k) {
      return invalid_argument("A has {} columns, K is {}", y.back().value(), w.k);
    }
    TERN_TRY(check_elements("B", c.in[kNBitB], w.n * w.column_bytes()));
    TERN_TRY(check_elements("scales", c.in[kNBitScales], w.n * w.blocks));
    if (c.has(kNBitZeros)) {
      const bool packed = c.in[kNBitZeros].dtype == DType::kU8;
      TERN_TRY(check_elements("zero_points", c.in[kNBitZeros],
                              w.n * (packed ? w.zero_bytes : w.blocks)));
    }
    if (c.has(kNBitGroups)) TERN_TRY(check_groups(w, c.in[kNBitGroups]));
    if (c.has(kNBitBias)) TERN_TRY(check_elements("bias", c.in[kNBitBias], w.n));
    y.back() = Dim(w.n);
    return ops::push_output(c, c.in[kNBitA].dtype, std::move(y));
  }

  static void reference(const ops::MatMulNBits& op, ReferenceContext& c) {
    const Result<ops::NBitLayout> layout = ops::NBitLayout::of(op);
    if (!layout.ok()) return c.fail(layout.status());
    const ops::NBitLayout& w = *layout;
    const FloatReader a(c.in(kNBitA));
    const FloatWriter y(c.out(0));
    const std::int64_t rows = c.in(kNBitA).elements() / w.k;
    std::vector<double> column(static_cast<std::size_t>(w.k));
    for (std::int64_t n = 0; n < w.n; ++n) {
      read_column(w, c, n, column);
      if (!c.status().ok()) return;
      const double bias = c.has(kNBitBias) ? FloatReader(c.in(kNBitBias))[n] : 0.0;
      for (std::int64_t m = 0; m < rows; ++m) {
        double sum = 0;
        for (std::int64_t k = 0; k < w.k; ++k) {
          sum += a[m * w.k + k] * column[static_cast<std::size_t>(k)];
        }
        y.set(m * w.n + n, sum + bias);
      }
    }
  }

  static void expand(const ops::MatMulNBits& op, ExpandContext& c) {
    const Result<ops::NBitLayout> layout = ops::NBitLayout::of(op);
    if (!layout.ok()) return c.builder().fail(layout.status());
    const ops::NBitLayout& w = *layout;
    GraphBuilder& b = c.builder();
    const Value scales = reshape(c.input(kNBitScales), {w.n, w.blocks});
    const auto first_k = [&](Value x) { return slice(x, {0}, {w.k}, {1}); };
    const Value q = first_k(numbers(w, c.input(kNBitB), w.column_bytes(), w.blocks * w.block_size));
    // What a block has, for every k of it.
    const auto per_k = [&](Value x) {
      if (c.has(kNBitGroups)) return first_k(gather(x, c.input(kNBitGroups), 1));
      const Value columns = expand_to(b, unsqueeze(x, {2}), {w.n, w.blocks, w.block_size});
      return first_k(reshape(columns, {w.n, w.blocks * w.block_size}));
    };
    Value centered = cast(q, scales.dtype());
    if (!c.has(kNBitZeros)) {
      centered = centered - w.default_zero();
    } else if (c.input(kNBitZeros).dtype() == DType::kU8) {
      const Value zeros = numbers(w, c.input(kNBitZeros), w.zero_bytes, w.blocks);
      centered = centered - per_k(cast(zeros, scales.dtype()));
    } else {
      const Value zeros = reshape(c.input(kNBitZeros), {w.n, w.blocks});
      centered = centered - per_k(cast(zeros, scales.dtype()));
    }
    const Value weights = centered * per_k(scales);
    const Value y = matmul(c.input(kNBitA), transpose(weights, {1, 0}));
    c.set(0, c.has(kNBitBias) ? y + c.input(kNBitBias) : y);
  }

 private:
  static Status check_groups(const ops::NBitLayout& w, const TypeInfo& groups) {
    if (groups.rank() != 1) return invalid_argument("g_idx has rank {}, not 1", groups.rank());
    if (!groups.shape[0].known()) return {};
    const std::int64_t size = groups.shape[0].value();
    if (size < w.k || size > w.blocks * w.block_size) {
      return invalid_argument("g_idx has {} entries, K is {}", size, w.k);
    }
    return {};
  }

  static void read_column(const ops::NBitLayout& w, ReferenceContext& c, std::int64_t n,
                          std::vector<double>& column) {
    const auto* bytes = static_cast<const std::uint8_t*>(c.in(kNBitB).raw()) + n * w.column_bytes();
    const FloatReader scales(c.in(kNBitScales));
    for (std::int64_t k = 0; k < w.k; ++k) {
      std::int64_t block = k / w.block_size;
      if (c.has(kNBitGroups)) block = c.in(kNBitGroups).data<std::int32_t>()[k];
      if (block < 0 || block >= w.blocks) {
        return c.fail(out_of_range("g_idx has {}, there are {} blocks", block, w.blocks));
      }
      column[static_cast<std::size_t>(k)] =
          (static_cast<double>(w.number(bytes, k)) - zero_point(w, c, n, block)) *
          scales[n * w.blocks + block];
    }
  }

  static double zero_point(const ops::NBitLayout& w, const ReferenceContext& c, std::int64_t n,
                           std::int64_t block) {
    if (!c.has(kNBitZeros)) return w.default_zero();
    const Tensor& zeros = c.in(kNBitZeros);
    if (zeros.dtype() != DType::kU8) return FloatReader(zeros)[n * w.blocks + block];
    const auto* row = static_cast<const std::uint8_t*>(zeros.raw()) + n * w.zero_bytes;
    return static_cast<double>(w.number(row, block));
  }

  static Value expand_to(GraphBuilder& b, Value x, std::vector<std::int64_t> shape) {
    return tern::expand(x, ops::int_constant(b, std::move(shape)));
  }

  /// `count` numbers of each of N packed rows of `bytes` bytes, as u8 [N, count].
  static Value numbers(const ops::NBitLayout& w, Value packed, std::int64_t bytes,
                       std::int64_t count) {
    const Value all = ops::unpacked_bits(reshape(packed, {w.n, bytes}), w.bits);
    return slice(all, {0}, {count}, {1});
  }
};

}  // namespace

namespace ops {

Result<NBitLayout> NBitLayout::of(const MatMulNBits& op) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 28;
  if (op.K < 1 || op.N < 1 || op.K > kLargest || op.N > kLargest) {
    return invalid_argument("K is {} and N {}, not from 1 to {}", op.K, op.N, kLargest);
  }
  if (op.bits != 2 && op.bits != 4 && op.bits != 8) {
    return unimplemented("weights of {} bits are not supported, those of 2, 4 and 8 are", op.bits);
  }
  if (op.block_size < 16 || op.block_size > kLargest ||
      (op.block_size & (op.block_size - 1)) != 0) {
    return invalid_argument("block_size is {}, not a power of two from 16 on", op.block_size);
  }
  if (op.weight_prepacked != 0) {
    return unimplemented("weight_prepacked = {} is not supported", op.weight_prepacked);
  }
  NBitLayout w{.k = op.K, .n = op.N, .bits = op.bits, .block_size = op.block_size};
  w.blocks = (w.k + w.block_size - 1) / w.block_size;
  w.block_bytes = w.block_size * w.bits / 8;
  w.zero_bytes = (w.blocks * w.bits + 7) / 8;
  return w;
}

}  // namespace ops

template <>
const OpDef& def_of<ops::MatMulNBits>() {
  static constexpr OpDef def =
      make_op<ops::MatMulNBits, MatMulNBitsImpl>("MatMulNBits", "com.microsoft", 1);
  return def;
}

}  // namespace tern
