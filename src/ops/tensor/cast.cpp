#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/casting.h"
#include "tern/functions.h"

namespace tern {
namespace {

struct CastImpl {
  static constexpr std::string_view summary = "The elements converted to another type.";
  static constexpr auto inputs = std::array{Port{"input", ops::kCastTypes}};
  static constexpr auto outputs =
      std::array{Port{"output", ops::kCastTypes, PortKind::kRequired, 'U'}};

  static Status infer(const ops::Cast& op, InferContext& c) {
    if (!ops::kCastTypes.contains(op.to)) {
      return invalid_argument("attribute 'to' is {}", to_string(op.to));
    }
    c.out.push_back(c.in[0]);
    c.out[0].dtype = op.to;
    return {};
  }

  static void reference(const ops::Cast& op, ReferenceContext& c) {
    if (Status s = ops::cast_elements(c.in(0), c.out(0), op.saturate, op.round_mode); !s.ok()) {
      c.fail(std::move(s));
    }
  }

  // Rounding has slope one almost everywhere; what passes through integers or strings is constant.
  static void gradient(const ops::Cast& op, GradContext& g) {
    const DType from = g.input(0).dtype();
    if (is_floating(op.to) && is_floating(from)) g.set(0, cast(g.grad(0), from));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Cast>() {
  static constexpr OpDef def = make_op<ops::Cast, CastImpl>("Cast", "ai.onnx", 9);
  return def;
}

}  // namespace tern
