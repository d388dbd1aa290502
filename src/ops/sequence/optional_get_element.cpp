#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct OptionalGetElementImpl {
  static constexpr std::string_view summary = "What an optional holds.";
  static constexpr auto inputs =
      std::array{Port{.name = "input", .types = kAnyValue, .group = 'O'}};
  static constexpr auto outputs =
      std::array{Port{.name = "output", .types = kAnyValue, .group = 'V'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::OptionalGetElement&, InferContext& c) {
    c.out.push_back(c.in[0].dtype == DType::kOptional ? ops::item_type(c.in[0]) : c.in[0]);
    return {};
  }

  static void reference(const ops::OptionalGetElement&, ReferenceContext& c) {
    const bool is_optional = c.in(0).dtype() == DType::kOptional;
    if (is_optional && c.in(0).items().empty()) {
      return c.fail(failed_precondition("the optional holds nothing"));
    }
    Result<Tensor> value = ops::keep(is_optional ? c.in(0).items()[0] : c.in(0));
    if (!value.ok()) return c.fail(value.status());
    c.set_out(0, *std::move(value));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::OptionalGetElement>() {
  static constexpr OpDef def =
      make_op<ops::OptionalGetElement, OptionalGetElementImpl>("OptionalGetElement", "ai.onnx", 18);
  return def;
}

}  // namespace tern
