#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct SequenceInsertImpl {
  static constexpr std::string_view summary = "A sequence with a tensor put in.";
  static constexpr auto inputs = std::array{
      Port{.name = "input_sequence", .types = DType::kSequence, .group = 'S'},
      Port{.name = "tensor", .types = kAnyType},
      Port{.name = "position", .types = kIndices, .kind = PortKind::kOptional, .group = 'I'}};
  static constexpr auto outputs =
      std::array{Port{.name = "output_sequence", .types = DType::kSequence, .group = 'S'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::SequenceInsert&, InferContext& c) {
    TypeInfo item = c.in[1];
    if (c.in[0].element != nullptr && c.in[0].element->dtype == item.dtype) {
      item = common_type(item, *c.in[0].element);
    }
    c.out.push_back(TypeInfo::container(DType::kSequence, std::move(item)));
    return {};
  }

  static void reference(const ops::SequenceInsert&, ReferenceContext& c) {
    const auto given = c.in(0).items();
    const auto count = static_cast<std::int64_t>(given.size());
    std::int64_t position = c.has(2) ? IntReader(c.in(2))[0] : count;
    if (position < -count || position > count) {
      return c.fail(out_of_range("position {} to put in a sequence of {} items", position, count));
    }
    if (position < 0) position += count;
    if (count > 0 && given[0].dtype() != c.in(1).dtype()) {
      return c.fail(invalid_argument("a tensor of {} put in a sequence of {}",
                                     to_string(c.in(1).dtype()), to_string(given[0].dtype())));
    }
    Result<Tensor> item = ops::keep(c.in(1));
    if (!item.ok()) return c.fail(item.status());
    std::vector<Tensor> items(given.begin(), given.end());
    items.insert(items.begin() + position, *std::move(item));
    c.set_out(0, Tensor::container(DType::kSequence, std::move(items)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SequenceInsert>() {
  static constexpr OpDef def =
      make_op<ops::SequenceInsert, SequenceInsertImpl>("SequenceInsert", "ai.onnx", 11);
  return def;
}

}  // namespace tern
