#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct SequenceAtImpl {
  static constexpr std::string_view summary = "One item of a sequence.";
  static constexpr auto inputs =
      std::array{Port{.name = "input_sequence", .types = DType::kSequence, .group = 'S'},
                 Port{.name = "position", .types = kIndices, .group = 'I'}};
  static constexpr auto outputs = std::array{Port{.name = "tensor", .types = kAnyType}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::SequenceAt&, InferContext& c) {
    c.out.push_back(ops::item_type(c.in[0]));
    return {};
  }

  static void reference(const ops::SequenceAt&, ReferenceContext& c) {
    const auto items = c.in(0).items();
    const Result<std::size_t> index =
        ops::item_index(IntReader(c.in(1))[0], static_cast<std::int64_t>(items.size()));
    if (!index.ok()) return c.fail(index.status());
    c.set_out(0, items[*index]);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SequenceAt>() {
  static constexpr OpDef def =
      make_op<ops::SequenceAt, SequenceAtImpl>("SequenceAt", "ai.onnx", 11);
  return def;
}

}  // namespace tern
