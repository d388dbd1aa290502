#include "base/errors.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/gathering.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct GatherNDGradImpl {
  static constexpr std::string_view summary =
      "Zeros of data's shape with the slices of dY added where GatherND took them.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"data", kAnyType, PortKind::kRequired, 'D', true},
                 Port{"indices", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::GatherNDGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const auto gathered,
                          ops::gathered_nd_dims(c.in[1].shape, c.in[2].shape, op.batch_dims));
    if (gathered && c.in[0].shape.size() != gathered->size()) {
      return invalid_argument("dY has rank {}, not {}", c.in[0].rank(), gathered->size());
    }
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::GatherNDGrad& op, ReferenceContext& c) {
    const Shape& shape = c.out(0).shape();
    const Result<ops::SlicePlaces> places =
        ops::slice_places(shape, c.in(2), static_cast<int>(op.batch_dims));
    if (!places.ok()) return c.fail(places.status());
    std::vector<double> sums(static_cast<std::size_t>(shape.elements()), 0.0);
    const FloatReader dy(c.in(0));
    std::int64_t from = 0;
    for (const std::int64_t to : places->offsets) {
      for (std::int64_t i = 0; i < places->slice; ++i) {
        sums[static_cast<std::size_t>(to + i)] += dy[from++];
      }
    }
    write_f64(sums, c.out(0));
  }

  static void gradient(const ops::GatherNDGrad& op, GradContext& g) {
    g.set(0, g.builder().op(ops::GatherND{.batch_dims = op.batch_dims}, {g.grad(0), g.input(2)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GatherNDGrad>() {
  static constexpr OpDef def =
      make_op<ops::GatherNDGrad, GatherNDGradImpl>("GatherNDGrad", "tern", 1);
  return def;
}

}  // namespace tern
