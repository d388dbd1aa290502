#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct SumToLikeImpl {
  static constexpr std::string_view summary =
      "X summed over the axes that `like` was broadcast to.";
  static constexpr auto inputs = std::array{
      Port{"X", kFloats}, Port{"like", kAnyType, PortKind::kRequired, 'L', /*shape_only=*/true}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::SumToLike&, InferContext& c) {
    if (c.in[1].rank() > c.in[0].rank()) {
      return invalid_argument("like has rank {}, X has {}", c.in[1].rank(), c.in[0].rank());
    }
    Result<std::vector<Dim>> common = broadcast_dims(c.in[0].shape, c.in[1].shape);
    if (!common.ok()) return common.status();
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::SumToLike&, ReferenceContext& c) {
    const Shape& from = c.in(0).shape();
    std::vector<double> sums(static_cast<std::size_t>(c.out(0).elements()), 0.0);
    const FloatReader x(c.in(0));
    for_each_offset(
        from, broadcast_strides(c.out(0).shape(), from),
        [&](std::int64_t i, std::int64_t to) { sums[static_cast<std::size_t>(to)] += x[i]; });
    const FloatWriter y(c.out(0));
    for (std::size_t i = 0; i < sums.size(); ++i) y.set(static_cast<std::int64_t>(i), sums[i]);
  }

  static void gradient(const ops::SumToLike&, GradContext& g) {
    g.set(0, g.builder().op(ops::BroadcastToLike{}, {g.grad(0), g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SumToLike>() {
  static constexpr OpDef def = make_op<ops::SumToLike, SumToLikeImpl>("SumToLike", "tern", 1);
  return def;
}

}  // namespace tern
