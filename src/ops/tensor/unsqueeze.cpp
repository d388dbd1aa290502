#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct UnsqueezeImpl {
  static constexpr std::string_view summary = "Inserts axes of size 1.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"axes", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"expanded", kAnyType}};

  static Status infer(const ops::Unsqueeze&, InferContext& c) {
    const TypeInfo& x = c.in[0];
    const std::optional<std::vector<std::int64_t>> named = c.ints(1);
    if (!named) {
      c.out.push_back(TypeInfo::of(x.dtype));
      return {};
    }
    const int rank = x.rank() + static_cast<int>(named->size());
    if (rank > tern::Shape::kMaxRank) {
      return invalid_argument("rank {} is above the limit of {}", rank, tern::Shape::kMaxRank);
    }
    TERN_ASSIGN_OR_RETURN(const std::vector<int> axes, normalize_axes(*named, rank));
    std::vector<Dim> out;
    std::size_t next = 0;
    for (int axis = 0; axis < rank; ++axis) {
      out.push_back(std::ranges::binary_search(axes, axis) ? Dim(1) : x.shape[next++]);
    }
    c.out.emplace_back(x.dtype, std::move(out));
    return {};
  }

  static void reference(const ops::Unsqueeze&, ReferenceContext& c) {
    for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) {
      copy_element(c.in(0), i, c.out(0), i);
    }
  }

  static void gradient(const ops::Unsqueeze&, GradContext& g) {
    g.set(0, reshape(g.grad(0), shape_of(g.input(0))));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Unsqueeze>() {
  static constexpr OpDef def = make_op<ops::Unsqueeze, UnsqueezeImpl>("Unsqueeze", "ai.onnx", 13);
  return def;
}

}  // namespace tern
