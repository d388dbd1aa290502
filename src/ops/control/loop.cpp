#include <limits>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/sequence/items.h"
#include "tern/ops/control.h"

namespace tern {
namespace {

struct LoopImpl {
  static constexpr std::string_view summary =
      "Runs its body M times, or while its condition holds.";
  static constexpr auto inputs = std::array{
      Port{.name = "M", .types = DType::kI64, .kind = PortKind::kOptional, .group = 'I'},
      Port{.name = "cond", .types = DType::kBool, .kind = PortKind::kOptional, .group = 'B'},
      Port{.name = "v_initial", .types = kAnyValue, .kind = PortKind::kVariadic, .group = 0}};
  static constexpr auto outputs = std::array{Port{.name = "v_final_and_scan_outputs",
                                                  .types = kAnyValue,
                                                  .kind = PortKind::kVariadic,
                                                  .group = 0}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::Loop&, InferContext& c) {
    if (c.bodies.size() != 1) return invalid_argument("Loop has {} bodies, not 1", c.bodies.size());
    const std::vector<TypeInfo>& results = c.bodies[0];
    const std::size_t carried = c.in.size() < 2 ? 0 : c.in.size() - 2;
    if (results.size() < carried + 1 || results.size() != c.wanted_outputs + 1) {
      return invalid_argument("Loop has {} outputs and carries {} values, its body returns {}",
                              c.wanted_outputs, carried, results.size());
    }
    for (std::size_t i = 1; i < results.size(); ++i) {
      if (i <= carried) {
        c.out.push_back(common_type(c.in[i + 1], results[i]));
        continue;
      }
      TypeInfo scan = results[i];
      if (scan.has_rank) scan.shape.insert(scan.shape.begin(), Dim());
      c.out.push_back(std::move(scan));
    }
    return {};
  }

  static void reference(const ops::Loop&, ReferenceContext& c) {
    const Status status = run(c);
    if (!status.ok()) c.fail(status);
  }

 private:
  static Status run(ReferenceContext& c) {
    for (const std::size_t i : {0, 1}) {
      if (c.has(i) && c.in(i).elements() != 1) {
        return invalid_argument("input {} has {} elements, not 1", i, c.in(i).elements());
      }
    }
    const std::int64_t most =
        c.has(0) ? c.in(0).data<std::int64_t>()[0] : std::numeric_limits<std::int64_t>::max();
    bool goes_on = c.has(1) ? c.in(1).data<bool>()[0] : true;
    const std::size_t carried = c.inputs() < 2 ? 0 : c.inputs() - 2;
    std::vector<Tensor> arguments(2);
    for (std::size_t i = 0; i < carried; ++i) {
      TERN_ASSIGN_OR_RETURN(Tensor initial, ops::keep(c.in(i + 2)));
      arguments.push_back(std::move(initial));
    }
    std::vector<std::vector<Tensor>> scans(c.outputs() - carried);
    for (std::int64_t iteration = 0; iteration < most && goes_on; ++iteration) {
      arguments[0] = Tensor::scalar<std::int64_t>(iteration);
      arguments[1] = Tensor::scalar<bool>(true);
      Result<std::vector<Tensor>> results = c.bodies().run(0, arguments);
      if (!results.ok()) {
        return std::move(results).status().with_context(fmt::format("iteration {}", iteration));
      }
      const Tensor& condition = results->front();
      if (condition.dtype() != DType::kBool || condition.elements() != 1) {
        return invalid_argument("the body's condition is {}{}, not one bool",
                                to_string(condition.dtype()), condition.shape().to_string());
      }
      goes_on = condition.data<bool>()[0];
      for (std::size_t i = 0; i < carried; ++i) arguments[i + 2] = std::move((*results)[i + 1]);
      for (std::size_t i = 0; i < scans.size(); ++i) {
        scans[i].push_back(std::move((*results)[carried + 1 + i]));
      }
    }
    for (std::size_t i = 0; i < carried; ++i) c.set_out(i, std::move(arguments[i + 2]));
    for (std::size_t i = 0; i < scans.size(); ++i) {
      TERN_ASSIGN_OR_RETURN(Tensor scan,
                            ops::stack(scans[i], 0, c.bodies().result_type(0, carried + 1 + i)));
      c.set_out(carried + i, std::move(scan));
    }
    return {};
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Loop>() {
  static constexpr OpDef def = make_op<ops::Loop, LoopImpl>("Loop", "ai.onnx", 1);
  return def;
}

}  // namespace tern
