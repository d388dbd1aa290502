#include <algorithm>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct BroadcastToLikeImpl {
  static constexpr std::string_view summary = "X broadcast to the shape of `like`.";
  static constexpr auto inputs = std::array{
      Port{"X", kFloats}, Port{"like", kAnyType, PortKind::kRequired, 'L', /*shape_only=*/true}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::BroadcastToLike&, InferContext& c) {
    const std::vector<Dim>& x = c.in[0].shape;
    const std::vector<Dim>& like = c.in[1].shape;
    if (x.size() > like.size()) {
      return invalid_argument("X has rank {}, like has {}", x.size(), like.size());
    }
    const std::size_t lead = like.size() - x.size();
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Dim& to = like[lead + i];
      if (x[i].known() && to.known() && x[i].value() != 1 && x[i].value() != to.value()) {
        return invalid_argument("size {} does not broadcast to {}", x[i].value(), to.value());
      }
    }
    c.out.emplace_back(c.in[0].dtype, like);
    return {};
  }

  static void reference(const ops::BroadcastToLike& op, ReferenceContext& c) {
    const Shape& out = c.out(0).shape();
    const double copies = static_cast<double>(out.elements()) /
                          static_cast<double>(std::max<std::int64_t>(1, c.in(0).elements()));
    const double scale = op.average ? 1.0 / copies : 1.0;
    const FloatReader x(c.in(0));
    const FloatWriter y(c.out(0));
    for_each_offset(out, broadcast_strides(c.in(0).shape(), out),
                    [&](std::int64_t i, std::int64_t from) { y.set(i, x[from] * scale); });
  }

  static void gradient(const ops::BroadcastToLike& op, GradContext& g) {
    Value dy = g.grad(0);
    if (op.average) {
      // 1 / copies, found by averaging ones of X's shape.
      GraphBuilder& b = g.builder();
      const Value one = b.scalar_of(dy.dtype(), 1.0);
      const Value ones = b.op(ops::BroadcastToLike{}, {one, g.input(0)});
      dy = dy * b.op(ops::BroadcastToLike{.average = true}, {ones, dy});
    }
    g.set(0, sum_to_like(dy, g.input(0)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::BroadcastToLike>() {
  static constexpr OpDef def =
      make_op<ops::BroadcastToLike, BroadcastToLikeImpl>("BroadcastToLike", "tern", 1);
  return def;
}

}  // namespace tern
