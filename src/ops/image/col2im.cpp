#include "base/errors.h"
#include "ops/grad.h"
#include "ops/image/block_columns.h"
#include "ops/tensor/dims.h"
#include "tern/ops/image.h"

namespace tern {
namespace {

struct Col2ImImpl {
  static constexpr std::string_view summary = "Images as the sums of overlapping blocks.";
  static constexpr auto inputs = std::array{
      Port{"input", kNumeric}, Port{"image_shape", DType::kI64, PortKind::kRequired, 'I'},
      Port{"block_shape", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kNumeric}};

  static Status infer(const ops::Col2Im& op, InferContext& c) {
    const std::vector<Dim>& columns = c.in[0].shape;
    if (columns.size() != 3)
      return invalid_argument("the input has rank {}, not 3", columns.size());
    TERN_TRY(ops::check_vector(c, 1, "image_shape"));
    TERN_TRY(ops::check_vector(c, 2, "block_shape"));
    const auto image = c.ints(1);
    const auto block = c.ints(2);
    TERN_ASSIGN_OR_RETURN(const Dim spatial, ops::merge_dims(c.in[1].shape[0], c.in[2].shape[0]));
    if (!spatial.known()) {
      c.out.push_back(TypeInfo::of(c.in[0].dtype));
      return {};
    }
    if (spatial.value() < 1 || spatial.value() + 2 > Shape::kMaxRank) {
      return invalid_argument("image_shape has {} entries", spatial.value());
    }
    std::vector<Dim> out(static_cast<std::size_t>(spatial.value()) + 2);
    out[0] = columns[0];
    if (image) {
      for (std::size_t i = 0; i < image->size(); ++i) {
        if ((*image)[i] < 0) return invalid_argument("image_shape holds {}", (*image)[i]);
        out[i + 2] = Dim((*image)[i]);
      }
    }
    if (block && columns[1].known()) {
      TERN_ASSIGN_OR_RETURN(const std::int64_t taps, ops::block_taps(*block));
      if (columns[1].value() % taps != 0) {
        return invalid_argument("{} rows cannot be split into blocks of {}", columns[1].value(),
                                taps);
      }
      out[1] = Dim(columns[1].value() / taps);
    }
    TERN_ASSIGN_OR_RETURN(
        const std::vector<Dim> expected,
        ops::column_dims(ops::block_spec(op, {}), out, block ? &*block : nullptr));
    if (Result<Dim> count = ops::merge_dims(columns[2], expected[2]); !count.ok()) {
      return std::move(count).status().with_context("number of blocks");
    }
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::Col2Im& op, ReferenceContext& c) {
    const std::vector<std::int64_t> block = ops::int_list(c.in(2));
    const Shape& image = c.out(0).shape();
    const Result<ops::WindowGrid> grid =
        ops::WindowGrid::make(ops::block_spec(op, block), image.dims().subspan(2));
    if (!grid.ok()) return c.fail(grid.status());
    if (is_floating(c.in(0).dtype())) {
      add_blocks<double, FloatReader, FloatWriter>(c, *grid, image[0] * image[1]);
    } else {
      // Unsigned, so that sums wrap around.
      add_blocks<std::uint64_t, IntReader, IntWriter>(c, *grid, image[0] * image[1]);
    }
  }

  static void gradient(const ops::Col2Im& op, GradContext& g) {
    const ops::Im2Col back{.dilations = op.dilations, .pads = op.pads, .strides = op.strides};
    g.set(0, g.builder().op(back, {g.grad(0), g.input(2)}));
  }

 private:
  template <class T, class Reader, class Writer>
  static void add_blocks(ReferenceContext& c, const ops::WindowGrid& grid, std::int64_t channels) {
    const Reader columns(c.in(0));
    std::vector<T> sums(static_cast<std::size_t>(c.out(0).elements()), T{0});
    for (std::int64_t k = 0; k < channels; ++k) {
      for (std::int64_t t = 0; t < grid.taps(); ++t) {
        for (std::int64_t w = 0; w < grid.windows(); ++w) {
          const std::int64_t at = grid.at(w, t);
          if (at < 0) continue;
          sums[static_cast<std::size_t>(k * grid.positions() + at)] +=
              static_cast<T>(columns[(k * grid.taps() + t) * grid.windows() + w]);
        }
      }
    }
    const Writer out(c.out(0));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if constexpr (std::is_same_v<T, double>) {
        out.set(static_cast<std::int64_t>(i), sums[i]);
      } else {
        out.set(static_cast<std::int64_t>(i), static_cast<std::int64_t>(sums[i]));
      }
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Col2Im>() {
  static constexpr OpDef def = make_op<ops::Col2Im, Col2ImImpl>("Col2Im", "ai.onnx", 18);
  return def;
}

}  // namespace tern
