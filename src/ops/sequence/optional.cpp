#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct OptionalImpl {
  static constexpr std::string_view summary = "An optional that holds the input, or nothing.";
  static constexpr auto inputs = std::array{
      Port{.name = "input", .types = kAnyValue, .kind = PortKind::kOptional, .group = 'V'}};
  static constexpr auto outputs =
      std::array{Port{.name = "output", .types = DType::kOptional, .group = 'O'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::Optional&, InferContext& c) {
    c.out.push_back(TypeInfo::container(DType::kOptional, c.has(0) ? c.in[0] : TypeInfo()));
    return {};
  }

  static void reference(const ops::Optional&, ReferenceContext& c) {
    std::vector<Tensor> items;
    if (c.has(0)) {
      Result<Tensor> item = ops::keep(c.in(0));
      if (!item.ok()) return c.fail(item.status());
      items.push_back(*std::move(item));
    }
    c.set_out(0, Tensor::container(DType::kOptional, std::move(items)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Optional>() {
  static constexpr OpDef def = make_op<ops::Optional, OptionalImpl>("Optional", "ai.onnx", 15);
  return def;
}

}  // namespace tern
