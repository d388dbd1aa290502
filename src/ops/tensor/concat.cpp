#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

// The size of one axis as an i64 vector of one element, a constant where it is known.
Value size_of(GraphBuilder& b, Value x, std::int64_t axis) {
  const Dim& dim = x.type().shape[static_cast<std::size_t>(axis)];
  if (dim.known()) return ops::int_constant(b, {dim.value()});
  return b.op(ops::Shape{.end = axis + 1, .start = axis}, {x});
}

struct ConcatImpl {
  static constexpr std::string_view summary = "The inputs one after the other along `axis`.";
  static constexpr auto inputs = std::array{Port{"inputs", kAnyType, PortKind::kVariadic}};
  static constexpr auto outputs = std::array{Port{"concat_result", kAnyType}};

  static Status infer(const ops::Concat& op, InferContext& c) {
    if (c.in.empty()) return invalid_argument("Concat has no input");
    std::vector<Dim> out = c.in[0].shape;
    TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(op.axis, c.in[0].rank()));
    for (std::size_t i = 1; i < c.in.size(); ++i) {
      const std::vector<Dim>& x = c.in[i].shape;
      if (x.size() != out.size()) {
        return invalid_argument("input {} has rank {}, input 0 has {}", i, x.size(), out.size());
      }
      for (std::size_t d = 0; d < out.size(); ++d) {
        const bool joined = d == static_cast<std::size_t>(axis);
        Result<Dim> dim = joined ? ops::add_dims(out[d], x[d]) : ops::merge_dims(out[d], x[d]);
        if (!dim.ok()) {
          return std::move(dim).status().with_context(fmt::format("axis {} of input {}", d, i));
        }
        out[d] = *dim;
      }
    }
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::Concat& op, ReferenceContext& c) {
    const int axis = *normalize_axis(op.axis, c.out(0).rank());
    const AxisSplit out = split_at(c.out(0).shape(), axis);
    std::int64_t first = 0;
    for (std::size_t i = 0; i < c.inputs(); ++i) {
      const AxisSplit in = split_at(c.in(i).shape(), axis);
      const std::int64_t row = in.size * in.inner;
      for (std::int64_t o = 0; o < in.outer; ++o) {
        copy_elements(c.in(i), o * row, c.out(0), (o * out.size + first) * out.inner, row);
      }
      first += in.size;
    }
  }

  // Every input gets the part of dy that it became.
  static void gradient(const ops::Concat& op, GradContext& g) {
    const Result<int> axis = normalize_axis(op.axis, g.grad(0).rank());
    if (!axis.ok()) return g.builder().fail(axis.status());
    Value begin = ops::int_constant(g.builder(), {0});
    for (std::size_t i = 0; i < g.inputs(); ++i) {
      const Value end = begin + size_of(g.builder(), g.input(i), *axis);
      if (g.wants(i)) g.set(i, slice(g.grad(0), begin, end, {*axis}));
      begin = end;
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Concat>() {
  static constexpr OpDef def = make_op<ops::Concat, ConcatImpl>("Concat", "ai.onnx", 4);
  return def;
}

}  // namespace tern
