#include "ops/elementwise.h"
#include "ops/nn/unpooling.h"
#include "ops/tensor/dims.h"
#include "tern/ops/pool.h"

namespace tern {
namespace {

struct MaxUnpoolImpl {
  static constexpr std::string_view summary = "Puts elements back where MaxPool found them.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"I", DType::kI64, PortKind::kRequired, 'I'},
                 Port{"output_shape", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};

  static Status infer(const ops::MaxUnpool& op, InferContext& c) {
    TERN_TRY(ops::check_same_shape("I", c.in[1], "X", c.in[0]));
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> dims, ops::unpooled_dims(op, c.in[0].shape));
    if (c.has(2)) {
      TERN_TRY(ops::check_vector(c, 2, "output_shape"));
      const auto sizes = c.ints(2);
      if (sizes && sizes->size() != dims.size()) {
        return invalid_argument("output_shape has {} entries for rank {}", sizes->size(),
                                dims.size());
      }
      for (std::size_t i = 0; i < dims.size(); ++i) {
        const Dim& least = dims[i];
        const Dim stated = sizes ? Dim((*sizes)[i]) : Dim();
        if (sizes && ((*sizes)[i] < 0 || (least.known() && (*sizes)[i] < least.value()))) {
          return invalid_argument("output_shape has {} on axis {}, at least {} are needed",
                                  (*sizes)[i], i, std::max<std::int64_t>(0, least.value()));
        }
        dims[i] = stated;
      }
    }
    return ops::push_output(c, c.in[0].dtype, std::move(dims));
  }

  static void reference(const ops::MaxUnpool& op, ReferenceContext& c) {
    const std::vector<double> x = read_f64(c.in(0));
    std::vector<double> y(static_cast<std::size_t>(c.out(0).elements()), 0.0);
    const Status status =
        ops::for_each_unpooled(op, c.in(1), c.out(0).shape(), [&](std::int64_t i, std::int64_t at) {
          y[static_cast<std::size_t>(at)] = x[static_cast<std::size_t>(i)];
        });
    if (!status.ok()) return c.fail(status);
    write_f64(y, c.out(0));
  }

  static void gradient(const ops::MaxUnpool& op, GradContext& g) {
    g.set(0, g.builder().op(
                 ops::MaxUnpoolGrad{
                     .kernel_shape = op.kernel_shape, .pads = op.pads, .strides = op.strides},
                 {g.grad(0), g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MaxUnpool>() {
  static constexpr OpDef def = make_op<ops::MaxUnpool, MaxUnpoolImpl>("MaxUnpool", "ai.onnx", 11);
  return def;
}

}  // namespace tern
