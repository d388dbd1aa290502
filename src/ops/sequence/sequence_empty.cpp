#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct SequenceEmptyImpl {
  static constexpr std::string_view summary = "A sequence without items.";
  static constexpr std::array<Port, 0> inputs{};
  static constexpr auto outputs =
      std::array{Port{.name = "output", .types = DType::kSequence, .group = 'S'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::SequenceEmpty& op, InferContext& c) {
    c.out.push_back(TypeInfo::container(DType::kSequence, TypeInfo::of(op.dtype)));
    return {};
  }

  static void reference(const ops::SequenceEmpty&, ReferenceContext& c) {
    c.set_out(0, Tensor::container(DType::kSequence, {}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SequenceEmpty>() {
  static constexpr OpDef def =
      make_op<ops::SequenceEmpty, SequenceEmptyImpl>("SequenceEmpty", "ai.onnx", 11);
  return def;
}

}  // namespace tern
