#include "base/errors.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct ExpandImpl {
  static constexpr std::string_view summary = "The input broadcast with the given sizes.";
  static constexpr auto inputs =
      std::array{Port{"input", kAnyType}, Port{"shape", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::Expand&, InferContext& c) {
    TERN_TRY(ops::check_vector(c, 1, "shape"));
    const std::optional<std::vector<std::int64_t>> wanted = c.ints(1);
    if (!wanted) {
      const Dim& length = c.in[1].shape[0];
      ops::push_unknown(
          c, c.in[0].dtype,
          length.known() ? Dim(std::max<std::int64_t>(length.value(), c.in[0].rank())) : Dim());
      return {};
    }
    std::vector<Dim> sizes;
    for (const std::int64_t size : *wanted) {
      if (size < 0) return invalid_argument("shape has a size of {}", size);
      sizes.emplace_back(size);
    }
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, broadcast_dims(c.in[0].shape, sizes));
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::Expand&, ReferenceContext& c) {
    const Shape& out = c.out(0).shape();
    for_each_offset(
        out, broadcast_strides(c.in(0).shape(), out),
        [&](std::int64_t i, std::int64_t from) { copy_element(c.in(0), from, c.out(0), i); });
  }

  static void gradient(const ops::Expand&, GradContext& g) {
    g.set(0, sum_to_like(g.grad(0), g.input(0)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Expand>() {
  static constexpr OpDef def = make_op<ops::Expand, ExpandImpl>("Expand", "ai.onnx", 8);
  return def;
}

}  // namespace tern
