#include "base/errors.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"

namespace tern {
namespace {

// The only element of `t`, a number of any type.
std::int64_t number_of(const Tensor& t) { return IntReader(t)[0]; }

struct OneHotImpl {
  static constexpr std::string_view summary = "A new axis with one value marked by an index.";
  static constexpr auto inputs =
      std::array{Port{"indices", kNumeric, PortKind::kRequired, 'I'},
                 Port{"depth", kNumeric, PortKind::kRequired, 'D'}, Port{"values", kAnyType}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::OneHot& op, InferContext& c) {
    TERN_TRY(ops::check_scalar("depth", c.in[1]));
    TERN_TRY(ops::check_vector(c, 2, "values"));
    const Dim& two = c.in[2].shape[0];
    if (two.known() && two.value() != 2) {
      return invalid_argument("values has {} entries, not 2", two.value());
    }
    TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(op.axis, c.in[0].rank() + 1));
    Dim depth;
    if (c.constant(1) != nullptr) {
      depth = Dim(number_of(*c.constant(1)));
      if (!depth.known()) return invalid_argument("depth is {}", number_of(*c.constant(1)));
    }
    std::vector<Dim> out = c.in[0].shape;
    out.insert(out.begin() + axis, depth);
    return ops::push_output(c, c.in[2].dtype, std::move(out));
  }

  static void reference(const ops::OneHot& op, ReferenceContext& c) {
    Tensor& out = c.out(0);
    const AxisSplit s = split_at(out.shape(), *normalize_axis(op.axis, out.rank()));
    const IntReader indices(c.in(0));
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const std::int64_t index = indices[o * s.inner + i];
        const std::int64_t place = index < 0 ? index + s.size : index;
        for (std::int64_t k = 0; k < s.size; ++k) {
          copy_element(c.in(2), k == place ? 1 : 0, out, (o * s.size + k) * s.inner + i);
        }
      }
    }
  }

  // The gradient of each of the two values is the sum of dY over the places that show it.
  static void gradient(const ops::OneHot& op, GradContext& g) {
    if (!is_floating(g.input(2).dtype())) return;
    GraphBuilder& b = g.builder();
    const Value off_on = b.constant(Tensor::vector<bool>({false, true}));
    const Value marked = b.op(op, {g.input(0), g.input(1), off_on});
    const Value on = reduce_sum(where(marked, g.grad(0), 0.0), {}, false);
    const Value off = reduce_sum(where(marked, 0.0, g.grad(0)), {}, false);
    g.set(2, concat({unsqueeze(off, {0}), unsqueeze(on, {0})}, 0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::OneHot>() {
  static constexpr OpDef def = make_op<ops::OneHot, OneHotImpl>("OneHot", "ai.onnx", 11);
  return def;
}

}  // namespace tern
