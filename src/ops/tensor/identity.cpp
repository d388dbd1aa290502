#include "ops/elementwise.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct IdentityImpl {
  static constexpr std::string_view summary = "The input.";
  static constexpr auto inputs = ops::unary_input(kAnyType);
  static constexpr auto outputs = ops::unary_output(kAnyType);

  static Status infer(const ops::Identity&, InferContext& c) { return ops::infer_same(c); }
  static void reference(const ops::Identity&, ReferenceContext& c) {
    copy_elements(c.in(0), 0, c.out(0), 0, c.out(0).elements());
  }
  static void gradient(const ops::Identity&, GradContext& g) { g.set(0, g.grad(0)); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Identity>() {
  static constexpr OpDef def = make_op<ops::Identity, IdentityImpl>("Identity", "ai.onnx", 1);
  return def;
}

}  // namespace tern
