#include "graph/op_def.h"
#include "ops/fold.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct SizeImpl {
  static constexpr std::string_view summary = "The number of elements.";
  static constexpr auto inputs = std::array{Port{"data", kAnyType, PortKind::kRequired, 'T', true}};
  static constexpr auto outputs = std::array{Port{"size", DType::kI64, PortKind::kRequired, 'I'}};

  static Status infer(const ops::Size&, InferContext& c) {
    c.out.emplace_back(DType::kI64, std::vector<Dim>{});
    return {};
  }

  static bool fold(const ops::Size&, FoldContext& c) {
    if (!c.in[0].concrete() || !ops::check_limits(c.in[0].shape).ok()) return false;
    c.out.push_back(Tensor::scalar<std::int64_t>(c.in[0].concrete_shape().elements()));
    return true;
  }

  static void reference(const ops::Size&, ReferenceContext& c) {
    IntWriter(c.out(0)).set(0, c.in(0).elements());
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Size>() {
  static constexpr OpDef def = make_op<ops::Size, SizeImpl>("Size", "ai.onnx", 1);
  return def;
}

}  // namespace tern
