#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "ops/tensor/gathering.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct GatherGradImpl {
  static constexpr std::string_view summary =
      "Zeros of data's shape with the slices of dY added where Gather took them.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"data", kAnyType, PortKind::kRequired, 'D', true},
                 Port{"indices", kIndices, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::GatherGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const std::vector<Dim> gathered,
                          ops::gathered_dims(c.in[1].shape, c.in[2].shape, op.axis));
    if (c.in[0].shape.size() != gathered.size()) {
      return invalid_argument("dY has rank {}, not {}", c.in[0].rank(), gathered.size());
    }
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::GatherGrad& op, ReferenceContext& c) {
    const Shape& shape = c.out(0).shape();
    const AxisSplit s = split_at(shape, *normalize_axis(op.axis, shape.rank()));
    const Result<std::vector<std::int64_t>> places = ops::checked_indices(c.in(2), s.size);
    if (!places.ok()) return c.fail(places.status());
    std::vector<double> sums(static_cast<std::size_t>(shape.elements()), 0.0);
    const FloatReader dy(c.in(0));
    std::int64_t from = 0;
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (const std::int64_t place : *places) {
        const std::int64_t to = (o * s.size + place) * s.inner;
        for (std::int64_t i = 0; i < s.inner; ++i) {
          sums[static_cast<std::size_t>(to + i)] += dy[from++];
        }
      }
    }
    const FloatWriter dx(c.out(0));
    for (std::size_t i = 0; i < sums.size(); ++i) dx.set(static_cast<std::int64_t>(i), sums[i]);
  }

  static void gradient(const ops::GatherGrad& op, GradContext& g) {
    g.set(0, g.builder().op(ops::Gather{.axis = op.axis}, {g.grad(0), g.input(2)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GatherGrad>() {
  static constexpr OpDef def = make_op<ops::GatherGrad, GatherGradImpl>("GatherGrad", "tern", 1);
  return def;
}

}  // namespace tern
