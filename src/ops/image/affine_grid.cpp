#include "base/errors.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/image.h"

namespace tern {
namespace {

// Position of pixel i of `size` in [-1, 1].
double place(std::int64_t i, std::int64_t size, bool align_corners) {
  const auto at = static_cast<double>(i);
  const auto length = static_cast<double>(size);
  if (align_corners) return size == 1 ? 0 : 2 * at / (length - 1) - 1;
  return (2 * at + 1) / length - 1;
}

struct AffineGridImpl {
  static constexpr std::string_view summary = "Positions that an affine map reads.";
  static constexpr auto inputs =
      std::array{Port{"theta", kFloats}, Port{"size", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"grid", kFloats}};

  static Status infer(const ops::AffineGrid&, InferContext& c) {
    const std::vector<Dim>& theta = c.in[0].shape;
    TERN_TRY(ops::check_vector(c, 1, "size"));
    if (theta.size() != 3) return invalid_argument("theta has rank {}, not 3", theta.size());
    const Dim& rows = theta[1];
    const bool good =
        !rows.known() || ((rows.value() == 2 || rows.value() == 3) &&
                          (!theta[2].known() || theta[2].value() == rows.value() + 1));
    if (!good) return invalid_argument("theta is neither [N,2,3] nor [N,3,4]");
    const Dim& length = c.in[1].shape[0];
    if (length.known() && length.value() != 4 && length.value() != 5) {
      return invalid_argument("size has {} entries, neither 4 nor 5", length.value());
    }
    const Dim spatial = rows.known() ? rows : length.known() ? Dim(length.value() - 2) : Dim();
    if (length.known() && length.value() != spatial.value() + 2) {
      return invalid_argument("size has {} entries for {} spatial axes", length.value(),
                              spatial.value());
    }
    const auto sizes = c.ints(1);
    if (!sizes) {
      ops::push_unknown(c, c.in[0].dtype, spatial.known() ? Dim(spatial.value() + 2) : Dim());
      return {};
    }
    TERN_ASSIGN_OR_RETURN(const Dim batch, ops::merge_dims(theta[0], Dim((*sizes)[0])));
    std::vector<Dim> out{batch};
    for (std::size_t i = 2; i < sizes->size(); ++i) {
      if ((*sizes)[i] < 0) return invalid_argument("size holds {}", (*sizes)[i]);
      out.emplace_back((*sizes)[i]);
    }
    out.push_back(spatial);
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::AffineGrid& op, ReferenceContext& c) {
    const Shape& out = c.out(0).shape();
    const int rank = out.rank() - 2;
    const std::int64_t points = out.elements(1, rank + 1);
    const Shape strides = Shape(out.dims().subspan(1, static_cast<std::size_t>(rank))).strides();
    const FloatReader theta(c.in(0));
    const FloatWriter grid(c.out(0));
    std::vector<double> position(static_cast<std::size_t>(rank) + 1, 1.0);
    for (std::int64_t n = 0; n < out[0]; ++n) {
      for (std::int64_t p = 0; p < points; ++p) {
        for (int axis = 0; axis < rank; ++axis) {
          // The last axis is the first coordinate.
          position[static_cast<std::size_t>(rank - 1 - axis)] =
              place(p / strides[axis] % out[axis + 1], out[axis + 1], op.align_corners);
        }
        for (std::int64_t row = 0; row < rank; ++row) {
          double sum = 0;
          for (std::int64_t k = 0; k <= rank; ++k) {
            sum += theta[(n * rank + row) * (rank + 1) + k] * position[static_cast<std::size_t>(k)];
          }
          grid.set((n * points + p) * rank + row, sum);
        }
      }
    }
  }

  // dtheta = dgrid' [base 1], where base is the grid of the identity.
  static void gradient(const ops::AffineGrid& op, GradContext& g) {
    GraphBuilder& b = g.builder();
    const Value theta = g.input(0);
    const Value dy = g.grad(0);
    if (dy.rank() < 4) return b.fail(unimplemented("the gradient of AffineGrid of unknown rank"));
    const std::int64_t rank = dy.rank() - 2;
    std::vector<std::int64_t> all_points(3, 0);
    all_points[1] = -1;
    all_points[2] = rank;
    const Value identity = b.op(
        ops::EyeLike{}, {b.op(ops::ConstantOfShape{}, {ops::int_constant(b, {rank, rank + 1})})});
    const Value maps = expand(cast(unsqueeze(identity, {0}), theta.dtype()), shape_of(theta));
    const Value base = reshape(b.op(op, {maps, g.input(1)}), all_points);
    const Value ones = zeros_like(slice(base, {0}, {1}, {2})) + 1.0;
    const Value flat = reshape(dy, all_points);
    g.set(0, matmul(transpose(flat, {0, 2, 1}), concat({base, ones}, 2)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::AffineGrid>() {
  static constexpr OpDef def =
      make_op<ops::AffineGrid, AffineGridImpl>("AffineGrid", "ai.onnx", 20);
  return def;
}

}  // namespace tern
