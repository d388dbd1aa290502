#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"

namespace tern {
namespace {

struct CompressImpl {
  static constexpr std::string_view summary = "The slices along `axis` where a condition holds.";
  static constexpr auto inputs =
      std::array{Port{"input", kAnyType}, Port{"condition", kBools, PortKind::kRequired, 'B'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::Compress& op, InferContext& c) {
    TERN_TRY(ops::check_vector(c, 1, "condition"));
    std::vector<Dim> out{Dim()};
    std::optional<std::int64_t> size;
    if (op.axis) {
      TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(*op.axis, c.in[0].rank()));
      out = c.in[0].shape;
      Dim& along = out[static_cast<std::size_t>(axis)];
      if (along.known()) size = along.value();
      along = Dim();
    } else if (c.in[0].concrete()) {
      size = c.in[0].concrete_shape().elements();
    }
    const Dim& length = c.in[1].shape[0];
    if (size && length.known() && length.value() > *size) {
      return invalid_argument("condition has {} entries for {} slices", length.value(), *size);
    }
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::Compress& op, ReferenceContext& c) {
    const Tensor& input = c.in(0);
    const Tensor& condition = c.in(1);
    AxisSplit s{.size = input.elements()};
    Shape shape{0};
    int axis = 0;
    if (op.axis) {
      axis = *normalize_axis(*op.axis, input.rank());
      s = split_at(input.shape(), axis);
      shape = input.shape();
    }
    std::vector<std::int64_t> kept;
    for (std::int64_t i = 0; i < condition.elements(); ++i) {
      if (condition.data<bool>()[i]) kept.push_back(i);
    }
    shape[axis] = static_cast<std::int64_t>(kept.size());
    Result<Tensor> out = Tensor::uninitialized(input.dtype(), shape);
    if (!out.ok()) return c.fail(out.status());
    std::int64_t to = 0;
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (const std::int64_t k : kept) {
        copy_elements(input, (o * s.size + k) * s.inner, *out, to, s.inner);
        to += s.inner;
      }
    }
    c.set_out(0, std::move(*out));
  }

  static void gradient(const ops::Compress& op, GradContext& g) {
    GraphBuilder& b = g.builder();
    const Value kept = squeeze(b.op(ops::NonZero{}, {g.input(1)}), {0});
    if (op.axis) {
      g.set(0, b.op(ops::GatherGrad{.axis = *op.axis}, {g.grad(0), g.input(0), kept}));
      return;
    }
    const Value flat = reshape(g.input(0), {-1});
    g.set(0, reshape(b.op(ops::GatherGrad{}, {g.grad(0), flat, kept}), shape_of(g.input(0))));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Compress>() {
  static constexpr OpDef def = make_op<ops::Compress, CompressImpl>("Compress", "ai.onnx", 11);
  return def;
}

}  // namespace tern
