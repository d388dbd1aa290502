#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/sequence/items.h"
#include "tern/ops/control.h"

namespace tern {
namespace {

struct SequenceMapImpl {
  static constexpr std::string_view summary = "Its body applied to every item of a sequence.";
  static constexpr auto inputs =
      std::array{Port{.name = "input_sequence", .types = DType::kSequence, .group = 'S'},
                 Port{.name = "additional_inputs",
                      .types = kAnyValue,
                      .kind = PortKind::kVariadic,
                      .group = 0}};
  static constexpr auto outputs = std::array{Port{.name = "out_sequence",
                                                  .types = DType::kSequence,
                                                  .kind = PortKind::kVariadic,
                                                  .group = 'S'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::SequenceMap&, InferContext& c) {
    if (c.bodies.size() != 1 || c.bodies[0].size() != c.wanted_outputs) {
      return invalid_argument("SequenceMap has {} outputs, its body returns {}", c.wanted_outputs,
                              c.bodies.empty() ? 0 : c.bodies[0].size());
    }
    for (const TypeInfo& type : c.bodies[0]) {
      c.out.push_back(TypeInfo::container(DType::kSequence, type));
    }
    return {};
  }

  static void reference(const ops::SequenceMap&, ReferenceContext& c) {
    const std::size_t count = c.in(0).items().size();
    std::vector<std::vector<Tensor>> collected(c.outputs());
    for (std::size_t k = 0; k < count; ++k) {
      std::vector<Tensor> arguments;
      for (std::size_t i = 0; i < c.inputs(); ++i) {
        const bool is_sequence = c.in(i).dtype() == DType::kSequence;
        if (is_sequence && c.in(i).items().size() != count) {
          return c.fail(invalid_argument("input {} has {} items, the first input has {}", i,
                                         c.in(i).items().size(), count));
        }
        arguments.push_back(is_sequence ? c.in(i).items()[k] : c.in(i));
      }
      Result<std::vector<Tensor>> results = c.bodies().run(0, arguments);
      if (!results.ok()) {
        return c.fail(std::move(results).status().with_context(fmt::format("item {}", k)));
      }
      for (std::size_t i = 0; i < collected.size(); ++i) {
        collected[i].push_back(std::move((*results)[i]));
      }
    }
    for (std::size_t i = 0; i < collected.size(); ++i) {
      c.set_out(i, Tensor::container(DType::kSequence, std::move(collected[i])));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SequenceMap>() {
  static constexpr OpDef def =
      make_op<ops::SequenceMap, SequenceMapImpl>("SequenceMap", "ai.onnx", 17);
  return def;
}

}  // namespace tern
