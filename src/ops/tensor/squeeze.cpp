#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct SqueezeImpl {
  static constexpr std::string_view summary = "Removes axes of size 1.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"axes", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"squeezed", kAnyType}};

  static Status infer(const ops::Squeeze&, InferContext& c) {
    const TypeInfo& x = c.in[0];
    const std::optional<std::vector<std::int64_t>> named = c.ints(1);
    const bool all_known = std::ranges::all_of(x.shape, [](const Dim& d) { return d.known(); });
    if (c.has(1) ? !named.has_value() : !all_known) {
      c.out.push_back(TypeInfo::of(x.dtype));
      return {};
    }
    std::vector<int> axes;
    if (named) {
      TERN_ASSIGN_OR_RETURN(axes, normalize_axes(*named, x.rank()));
    }
    std::vector<Dim> out;
    for (int axis = 0; axis < x.rank(); ++axis) {
      const Dim& dim = x.shape[static_cast<std::size_t>(axis)];
      const bool removed = named ? std::ranges::binary_search(axes, axis) : dim.value() == 1;
      if (!removed) {
        out.push_back(dim);
      } else if (dim.known() && dim.value() != 1) {
        return invalid_argument("axis {} has size {}, not 1", axis, dim.value());
      }
    }
    c.out.emplace_back(x.dtype, std::move(out));
    return {};
  }

  static void reference(const ops::Squeeze&, ReferenceContext& c) {
    for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) {
      copy_element(c.in(0), i, c.out(0), i);
    }
  }

  static void gradient(const ops::Squeeze&, GradContext& g) {
    g.set(0, reshape(g.grad(0), shape_of(g.input(0))));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Squeeze>() {
  static constexpr OpDef def = make_op<ops::Squeeze, SqueezeImpl>("Squeeze", "ai.onnx", 13);
  return def;
}

}  // namespace tern
