#include "base/errors.h"
#include "ops/fold.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct SequenceLengthImpl {
  static constexpr std::string_view summary = "The number of items of a sequence.";
  static constexpr auto inputs =
      std::array{Port{.name = "input_sequence", .types = DType::kSequence, .group = 'S'}};
  static constexpr auto outputs =
      std::array{Port{.name = "length", .types = DType::kI64, .group = 'I'}};

  static Status infer(const ops::SequenceLength&, InferContext& c) {
    c.out.emplace_back(DType::kI64, std::vector<Dim>());
    return {};
  }

  static bool fold(const ops::SequenceLength&, FoldContext& c) {
    if (c.in[0].shape.size() != 1 || !c.in[0].shape[0].known()) return false;
    c.out.push_back(Tensor::scalar<std::int64_t>(c.in[0].shape[0].value()));
    return true;
  }

  static void reference(const ops::SequenceLength&, ReferenceContext& c) {
    IntWriter(c.out(0)).set(0, c.in(0).elements());
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SequenceLength>() {
  static constexpr OpDef def =
      make_op<ops::SequenceLength, SequenceLengthImpl>("SequenceLength", "ai.onnx", 11);
  return def;
}

}  // namespace tern
