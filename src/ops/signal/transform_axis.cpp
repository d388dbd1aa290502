#include "ops/signal/transform_axis.h"

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

constexpr std::int64_t kLongest = std::int64_t{1} << 40;

Result<int> axis_of(std::int64_t axis, int rank) {
  TERN_ASSIGN_OR_RETURN(const int along, normalize_axis(axis, rank));
  if (along == rank - 1) return invalid_argument("axis {} holds the parts of the numbers", along);
  return along;
}

// The numbers of a transform of a line of `in`; `stated` is the dft_length.
struct Lengths {
  std::int64_t length = 0;
  std::int64_t out = 0;
};
Result<Lengths> lengths_of(const DFT& op, std::int64_t in, const std::int64_t* stated) {
  const std::int64_t usual = op.inverse && op.onesided ? 2 * (in - 1) : in;
  const std::int64_t length = stated != nullptr ? *stated : usual;
  if (length < 1 || length > kLongest) {
    return invalid_argument("a transform of length {} is not in [1, 2^40]", length);
  }
  const bool half = op.onesided && !op.inverse;
  return Lengths{.length = length, .out = half ? length / 2 + 1 : length};
}

}  // namespace

Result<TypeInfo> infer_dft(const DFT& op, const InferContext& c, std::size_t first) {
  const TypeInfo& x = c.in[first];
  if (x.rank() < 2) return invalid_argument("the input has rank {}, below 2", x.rank());
  const Dim& parts = x.shape.back();
  if (parts.known() && parts.value() != 1 && parts.value() != 2) {
    return invalid_argument("the last axis has {} entries, neither 1 nor 2", parts.value());
  }
  if (op.inverse && op.onesided && parts.known() && parts.value() != 2) {
    return invalid_argument("half a spectrum must be complex");
  }
  for (const std::size_t i : {first + 1, first + 2}) {
    if (c.has(i)) TERN_TRY(check_scalar(i == first + 1 ? "dft_length" : "axis", c.in[i]));
  }
  std::vector<Dim> out = x.shape;
  out.back() = Dim(op.inverse && op.onesided ? 1 : 2);
  const auto axis = c.has(first + 2) ? c.ints(first + 2) : std::vector<std::int64_t>{-2};
  if (!axis) {
    for (std::size_t i = 0; i + 1 < out.size(); ++i) out[i] = Dim();
    return TypeInfo(x.dtype, std::move(out));
  }
  TERN_ASSIGN_OR_RETURN(const int along, axis_of((*axis)[0], x.rank()));
  Dim& size = out[static_cast<std::size_t>(along)];
  const auto stated = c.ints(first + 1);
  const bool known = c.has(first + 1) ? stated.has_value() : size.known();
  if (known) {
    TERN_ASSIGN_OR_RETURN(const Lengths lengths,
                          lengths_of(op, size.value(), stated ? &(*stated)[0] : nullptr));
    size = Dim(lengths.out);
  } else if (c.has(first + 1) || op.onesided) {
    size = Dim();
  }
  TERN_TRY(check_limits(out));
  return TypeInfo(x.dtype, std::move(out));
}

Result<TransformLines> transform_lines(const DFT& op, const tern::Shape& x, const Tensor* length,
                                       const Tensor* axis) {
  TERN_ASSIGN_OR_RETURN(const int along,
                        axis_of(axis != nullptr ? IntReader(*axis)[0] : -2, x.rank()));
  TransformLines lines;
  lines.split = split_at(x, along);
  lines.in = lines.split.size;
  lines.in_parts = x.back();
  lines.split.inner /= std::max<std::int64_t>(1, lines.in_parts);
  const std::int64_t stated = length != nullptr ? IntReader(*length)[0] : 0;
  TERN_ASSIGN_OR_RETURN(const Lengths lengths,
                        lengths_of(op, lines.in, length != nullptr ? &stated : nullptr));
  lines.length = lengths.length;
  lines.out = lengths.out;
  lines.out_parts = op.inverse && op.onesided ? 1 : 2;
  return lines;
}

}  // namespace tern::ops
