#include "base/errors.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"

namespace tern {
namespace {

struct SequenceConstructImpl {
  static constexpr std::string_view summary = "A sequence of the inputs.";
  static constexpr auto inputs =
      std::array{Port{.name = "inputs", .types = kAnyType, .kind = PortKind::kVariadic}};
  static constexpr auto outputs =
      std::array{Port{.name = "output_sequence", .types = DType::kSequence, .group = 'S'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::SequenceConstruct&, InferContext& c) {
    TypeInfo item = c.in.empty() ? TypeInfo() : c.in[0];
    for (const TypeInfo& type : c.in) item = common_type(item, type);
    c.out.push_back(TypeInfo::container(DType::kSequence, std::move(item)));
    return {};
  }

  static void reference(const ops::SequenceConstruct&, ReferenceContext& c) {
    std::vector<Tensor> items;
    for (std::size_t i = 0; i < c.inputs(); ++i) {
      Result<Tensor> item = ops::keep(c.in(i));
      if (!item.ok()) return c.fail(item.status());
      items.push_back(*std::move(item));
    }
    c.set_out(0, Tensor::container(DType::kSequence, std::move(items)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SequenceConstruct>() {
  static constexpr OpDef def =
      make_op<ops::SequenceConstruct, SequenceConstructImpl>("SequenceConstruct", "ai.onnx", 11);
  return def;
}

}  // namespace tern
