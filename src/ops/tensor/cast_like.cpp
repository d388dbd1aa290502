#include "graph/op_def.h"
#include "ops/expand.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/casting.h"
#include "tern/functions.h"

namespace tern {
namespace {

struct CastLikeImpl {
  static constexpr std::string_view summary =
      "The elements converted to the type of another tensor.";
  static constexpr auto inputs =
      std::array{Port{"input", ops::kCastTypes},
                 Port{"target_type", ops::kCastTypes, PortKind::kRequired, 'U', true}};
  static constexpr auto outputs =
      std::array{Port{"output", ops::kCastTypes, PortKind::kRequired, 'U'}};

  static Status infer(const ops::CastLike&, InferContext& c) {
    c.out.push_back(c.in[0]);
    c.out[0].dtype = c.in[1].dtype;
    return {};
  }

  static void reference(const ops::CastLike& op, ReferenceContext& c) {
    if (Status s = ops::cast_elements(c.in(0), c.out(0), op.saturate, op.round_mode); !s.ok()) {
      c.fail(std::move(s));
    }
  }

  static void gradient(const ops::CastLike&, GradContext& g) {
    const DType from = g.input(0).dtype();
    if (is_floating(from) && is_floating(g.input(1).dtype())) g.set(0, cast(g.grad(0), from));
  }

  static void expand(const ops::CastLike& op, ExpandContext& c) {
    const ops::Cast as{
        .round_mode = op.round_mode, .saturate = op.saturate, .to = c.input(1).dtype()};
    c.set(0, c.builder().op(as, {c.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::CastLike>() {
  static constexpr OpDef def = make_op<ops::CastLike, CastLikeImpl>("CastLike", "ai.onnx", 15);
  return def;
}

}  // namespace tern
