#include <cstring>

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/image/block_columns.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/image.h"

namespace tern {
namespace {

struct Im2ColImpl {
  static constexpr std::string_view summary = "The overlapping blocks of images as columns.";
  static constexpr auto inputs = std::array{
      Port{"input", kNumeric}, Port{"block_shape", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kNumeric}};

  static Status infer(const ops::Im2Col& op, InferContext& c) {
    if (c.in[0].rank() < 3)
      return invalid_argument("the input has rank {}, below 3", c.in[0].rank());
    TERN_TRY(ops::check_vector(c, 1, "block_shape"));
    const auto block = c.ints(1);
    TERN_ASSIGN_OR_RETURN(
        std::vector<Dim> out,
        ops::column_dims(ops::block_spec(op, {}), c.in[0].shape, block ? &*block : nullptr));
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::Im2Col& op, ReferenceContext& c) {
    const std::vector<std::int64_t> block = ops::int_list(c.in(1));
    const Shape& image = c.in(0).shape();
    const Result<ops::WindowGrid> grid =
        ops::WindowGrid::make(ops::block_spec(op, block), image.dims().subspan(2));
    if (!grid.ok()) return c.fail(grid.status());
    std::memset(c.out(0).mutable_raw(), 0, c.out(0).bytes());
    std::int64_t to = 0;
    for (std::int64_t k = 0; k < image[0] * image[1]; ++k) {
      for (std::int64_t t = 0; t < grid->taps(); ++t) {
        for (std::int64_t w = 0; w < grid->windows(); ++w, ++to) {
          const std::int64_t at = grid->at(w, t);
          if (at >= 0) copy_element(c.in(0), k * grid->positions() + at, c.out(0), to);
        }
      }
    }
  }

  static void gradient(const ops::Im2Col& op, GradContext& g) {
    GraphBuilder& b = g.builder();
    const ops::Col2Im back{.dilations = op.dilations, .pads = op.pads, .strides = op.strides};
    const Value image_shape = b.op(ops::Shape{.start = 2}, {g.input(0)});
    g.set(0, b.op(back, {g.grad(0), image_shape, g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Im2Col>() {
  static constexpr OpDef def = make_op<ops::Im2Col, Im2ColImpl>("Im2Col", "tern", 1);
  return def;
}

}  // namespace tern
