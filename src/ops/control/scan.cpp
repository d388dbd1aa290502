#include "base/errors.h"
#include "ops/axes.h"
#include "ops/control/scanning.h"
#include "ops/sequence/items.h"

namespace tern {
namespace {

struct ScanImpl {
  static constexpr std::string_view summary =
      "Runs its body for every element along an axis of its inputs, carrying states.";
  static constexpr auto inputs = std::array{Port{.name = "initial_state_and_scan_inputs",
                                                 .types = kAnyType,
                                                 .kind = PortKind::kVariadic,
                                                 .group = 0}};
  static constexpr auto outputs = std::array{Port{.name = "final_state_and_scan_outputs",
                                                  .types = kAnyType,
                                                  .kind = PortKind::kVariadic,
                                                  .group = 0}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::Scan& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const std::size_t states,
                          ops::count_states(op.num_scan_inputs, c.in.size(), c));
    for (std::size_t i = 0; i < c.bodies[0].size(); ++i) {
      TypeInfo type = c.bodies[0][i];
      if (i < states) {
        type = common_type(type, c.in[i]);
      } else if (type.has_rank) {
        const std::size_t scan = i - states;
        TERN_ASSIGN_OR_RETURN(
            const int axis,
            normalize_axis(scan < op.scan_output_axes.size() ? op.scan_output_axes[scan] : 0,
                           type.rank() + 1));
        type.shape.insert(type.shape.begin() + axis, Dim());
      }
      c.out.push_back(std::move(type));
    }
    return {};
  }

  static void reference(const ops::Scan& op, ReferenceContext& c) {
    const std::size_t count = c.inputs() - static_cast<std::size_t>(op.num_scan_inputs);
    std::vector<Tensor> states;
    std::vector<Tensor> scanned;
    for (std::size_t i = 0; i < c.inputs(); ++i) {
      Result<Tensor> kept = i < count ? ops::keep(c.in(i)) : c.in(i);
      if (!kept.ok()) return c.fail(kept.status());
      (i < count ? states : scanned).push_back(*std::move(kept));
    }
    Result<std::vector<Tensor>> results =
        ops::scan(op, std::move(states), scanned, c.outputs(), c.bodies());
    if (!results.ok()) return c.fail(results.status());
    for (std::size_t i = 0; i < results->size(); ++i) c.set_out(i, std::move((*results)[i]));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Scan>() {
  static constexpr OpDef def = make_op<ops::Scan, ScanImpl>("Scan", "ai.onnx", 9);
  return def;
}

}  // namespace tern
