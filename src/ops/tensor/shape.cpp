#include <algorithm>

#include "graph/op_def.h"
#include "ops/fold.h"
#include "ops/reference.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct AxisRange {
  int begin;
  int end;
};

// Out-of-range bounds are clamped, as ONNX says.
AxisRange range_of(const ops::Shape& op, int rank) {
  const auto clamp = [rank](std::int64_t axis) {
    return static_cast<int>(std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank));
  };
  const int begin = clamp(op.start);
  return {begin, std::max(begin, clamp(op.end.value_or(rank)))};
}

struct ShapeImpl {
  static constexpr std::string_view summary = "The sizes of axes [start, end).";
  static constexpr auto inputs = std::array{Port{"data", kAnyType, PortKind::kRequired, 'T', true}};
  static constexpr auto outputs = std::array{Port{"shape", DType::kI64, PortKind::kRequired, 'I'}};

  static Status infer(const ops::Shape& op, InferContext& c) {
    const AxisRange range = range_of(op, c.in[0].rank());
    c.out.emplace_back(DType::kI64, std::vector<Dim>{Dim(range.end - range.begin)});
    return {};
  }

  static bool fold(const ops::Shape& op, FoldContext& c) {
    const AxisRange range = range_of(op, c.in[0].rank());
    std::vector<std::int64_t> sizes;
    for (int axis = range.begin; axis < range.end; ++axis) {
      const Dim& dim = c.in[0].shape[static_cast<std::size_t>(axis)];
      if (!dim.known()) return false;
      sizes.push_back(dim.value());
    }
    c.out.push_back(Tensor::vector<std::int64_t>(std::span<const std::int64_t>(sizes)));
    return true;
  }

  static void reference(const ops::Shape& op, ReferenceContext& c) {
    const AxisRange range = range_of(op, c.in(0).rank());
    const IntWriter out(c.out(0));
    for (int axis = range.begin; axis < range.end; ++axis) {
      out.set(axis - range.begin, c.in(0).dim(axis));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Shape>() {
  static constexpr OpDef def = make_op<ops::Shape, ShapeImpl>("Shape", "ai.onnx", 15);
  return def;
}

}  // namespace tern
