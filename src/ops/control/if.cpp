#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/control.h"

namespace tern {
namespace {

struct IfImpl {
  static constexpr std::string_view summary = "The results of one of two bodies.";
  static constexpr auto inputs =
      std::array{Port{.name = "cond", .types = DType::kBool, .group = 'B'}};
  static constexpr auto outputs = std::array{
      Port{.name = "outputs", .types = kAnyValue, .kind = PortKind::kVariadic, .group = 0}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::If&, InferContext& c) {
    if (c.bodies.size() != 2) return invalid_argument("If has {} bodies, not 2", c.bodies.size());
    const auto& [yes, no] = std::tie(c.bodies[0], c.bodies[1]);
    if (yes.size() != no.size() || yes.size() != c.wanted_outputs) {
      return invalid_argument("If has {} outputs, its bodies return {} and {}", c.wanted_outputs,
                              yes.size(), no.size());
    }
    for (std::size_t i = 0; i < yes.size(); ++i) c.out.push_back(common_type(yes[i], no[i]));
    return {};
  }

  static void reference(const ops::If&, ReferenceContext& c) {
    if (c.in(0).elements() != 1) {
      return c.fail(invalid_argument("the condition has {} elements, not 1", c.in(0).elements()));
    }
    Result<std::vector<Tensor>> results = c.bodies().run(c.in(0).data<bool>()[0] ? 0 : 1, {});
    if (!results.ok()) return c.fail(results.status());
    for (std::size_t i = 0; i < results->size(); ++i) c.set_out(i, std::move((*results)[i]));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::If>() {
  static constexpr OpDef def = make_op<ops::If, IfImpl>("If", "ai.onnx", 1);
  return def;
}

}  // namespace tern
