#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct ConcatFromSequenceImpl {
  static constexpr std::string_view summary = "The items of a sequence joined along `axis`.";
  static constexpr auto inputs =
      std::array{Port{.name = "input_sequence", .types = DType::kSequence, .group = 'S'}};
  static constexpr auto outputs = std::array{Port{.name = "concat_result", .types = kAnyType}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::ConcatFromSequence& op, InferContext& c) {
    const TypeInfo item = ops::item_type(c.in[0]);
    TypeInfo out = TypeInfo::of(item.dtype);
    if (item.has_rank) {
      out.has_rank = true;
      out.shape.resize(item.shape.size() + (op.new_axis ? 1 : 0));
    }
    c.out.push_back(std::move(out));
    return {};
  }

  static void reference(const ops::ConcatFromSequence& op, ReferenceContext& c) {
    const auto items = c.in(0).items();
    if (items.empty()) {
      return c.fail(invalid_argument("a sequence without items cannot be joined"));
    }
    Result<Tensor> joined =
        op.new_axis ? ops::stack(items, op.axis, {}) : ops::join(items, op.axis);
    if (!joined.ok()) return c.fail(joined.status());
    c.set_out(0, *std::move(joined));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ConcatFromSequence>() {
  static constexpr OpDef def =
      make_op<ops::ConcatFromSequence, ConcatFromSequenceImpl>("ConcatFromSequence", "ai.onnx", 11);
  return def;
}

}  // namespace tern
