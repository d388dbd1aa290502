#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct SequenceEraseImpl {
  static constexpr std::string_view summary = "A sequence without one of its items.";
  static constexpr auto inputs = std::array{
      Port{.name = "input_sequence", .types = DType::kSequence, .group = 'S'},
      Port{.name = "position", .types = kIndices, .kind = PortKind::kOptional, .group = 'I'}};
  static constexpr auto outputs =
      std::array{Port{.name = "output_sequence", .types = DType::kSequence, .group = 'S'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::SequenceErase&, InferContext& c) {
    c.out.push_back(TypeInfo::container(DType::kSequence, ops::item_type(c.in[0])));
    return {};
  }

  static void reference(const ops::SequenceErase&, ReferenceContext& c) {
    const auto given = c.in(0).items();
    const Result<std::size_t> index = ops::item_index(c.has(1) ? IntReader(c.in(1))[0] : -1,
                                                      static_cast<std::int64_t>(given.size()));
    if (!index.ok()) return c.fail(index.status());
    std::vector<Tensor> items(given.begin(), given.end());
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(*index));
    c.set_out(0, Tensor::container(DType::kSequence, std::move(items)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SequenceErase>() {
  static constexpr OpDef def =
      make_op<ops::SequenceErase, SequenceEraseImpl>("SequenceErase", "ai.onnx", 11);
  return def;
}

}  // namespace tern
