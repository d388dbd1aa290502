#include "base/errors.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

// The product of sizes; a single symbol beside ones stays that symbol.
Dim product(std::span<const Dim> dims) {
  std::int64_t known = 1;
  Dim symbol;
  int unknown = 0;
  for (const Dim& dim : dims) {
    if (dim.known()) {
      known *= dim.value();  // within Shape's limits, which the input has passed
    } else {
      symbol = dim;
      ++unknown;
    }
  }
  if (known == 0 || unknown == 0) return Dim(known);
  return unknown == 1 && known == 1 ? symbol : Dim();
}

struct FlattenImpl {
  static constexpr std::string_view summary = "Axes before `axis` as rows, the others as columns.";
  static constexpr auto inputs = std::array{Port{"input", kAnyType}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::Flatten& op, InferContext& c) {
    const std::span<const Dim> dims = c.in[0].shape;
    const auto rank = static_cast<std::int64_t>(dims.size());
    // Unlike an axis of the input, the place of the cut may also be the end.
    if (op.axis < -rank || op.axis > rank) {
      return invalid_argument("axis {} for rank {}", op.axis, rank);
    }
    TERN_TRY(ops::check_limits(dims));
    const auto cut = static_cast<std::size_t>(op.axis < 0 ? op.axis + rank : op.axis);
    c.out.emplace_back(c.in[0].dtype,
                       std::vector<Dim>{product(dims.subspan(0, cut)), product(dims.subspan(cut))});
    return {};
  }

  static void reference(const ops::Flatten&, ReferenceContext& c) {
    copy_elements(c.in(0), 0, c.out(0), 0, c.out(0).elements());
  }

  static void gradient(const ops::Flatten&, GradContext& g) {
    g.set(0, reshape(g.grad(0), shape_of(g.input(0))));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Flatten>() {
  static constexpr OpDef def = make_op<ops::Flatten, FlattenImpl>("Flatten", "ai.onnx", 11);
  return def;
}

}  // namespace tern
