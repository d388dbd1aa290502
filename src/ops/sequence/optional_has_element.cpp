#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct OptionalHasElementImpl {
  static constexpr std::string_view summary = "Whether the input is there and holds something.";
  static constexpr auto inputs = std::array{
      Port{.name = "input", .types = kAnyValue, .kind = PortKind::kOptional, .group = 'O'}};
  static constexpr auto outputs =
      std::array{Port{.name = "output", .types = DType::kBool, .group = 'B'}};

  static Status infer(const ops::OptionalHasElement&, InferContext& c) {
    c.out.emplace_back(DType::kBool, std::vector<Dim>());
    return {};
  }

  static void reference(const ops::OptionalHasElement&, ReferenceContext& c) {
    const bool empty =
        !c.has(0) || (c.in(0).dtype() == DType::kOptional && c.in(0).items().empty());
    *c.out(0).mutable_data<bool>() = !empty;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::OptionalHasElement>() {
  static constexpr OpDef def =
      make_op<ops::OptionalHasElement, OptionalHasElementImpl>("OptionalHasElement", "ai.onnx", 18);
  return def;
}

}  // namespace tern
