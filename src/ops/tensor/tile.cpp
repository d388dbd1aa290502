#include "base/checked_math.h"
#include "base/errors.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"

namespace tern {
namespace {

Result<Dim> repeated(const Dim& dim, std::int64_t times) {
  if (times < 0) return invalid_argument("repeats holds {}", times);
  if (times == 1) return dim;
  if (times == 0) return Dim(0);
  if (!dim.known()) return Dim();
  const std::optional<std::int64_t> size = checked_mul(dim.value(), times);
  if (!size) return invalid_argument("{} times {} is too large", dim.value(), times);
  return Dim(*size);
}

struct TileImpl {
  static constexpr std::string_view summary = "The input repeated along every axis.";
  static constexpr auto inputs =
      std::array{Port{"input", kAnyType}, Port{"repeats", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::Tile&, InferContext& c) {
    TERN_TRY(ops::check_vector(c, 1, "repeats"));
    const Dim& length = c.in[1].shape[0];
    if (length.known() && length.value() != c.in[0].rank()) {
      return invalid_argument("repeats has {} entries for rank {}", length.value(), c.in[0].rank());
    }
    std::vector<Dim> out(c.in[0].shape.size());
    if (const auto repeats = c.ints(1)) {
      for (std::size_t i = 0; i < out.size(); ++i) {
        TERN_ASSIGN_OR_RETURN(out[i], repeated(c.in[0].shape[i], (*repeats)[i]));
      }
    }
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::Tile&, ReferenceContext& c) {
    const Shape& in = c.in(0).shape();
    const Shape& out = c.out(0).shape();
    if (out.elements() == 0) return;
    const Shape strides = in.strides();
    Shape index = out;
    std::fill(index.begin(), index.end(), 0);
    for (std::int64_t i = 0, n = out.elements(); i < n; ++i) {
      std::int64_t from = 0;
      for (int axis = 0; axis < in.rank(); ++axis) from += index[axis] % in[axis] * strides[axis];
      copy_element(c.in(0), from, c.out(0), i);
      for (int axis = out.rank() - 1; axis >= 0; --axis) {
        if (++index[axis] < out[axis]) break;
        index[axis] = 0;
      }
    }
  }

  // dY seen as [times, size, times, size, ...] and summed over all times.
  static void gradient(const ops::Tile&, GradContext& g) {
    const int rank = g.input(0).rank();
    if (2 * rank > Shape::kMaxRank) {
      return g.builder().fail(
          unimplemented("the gradient of Tile for rank {}, above {}", rank, Shape::kMaxRank / 2));
    }
    const Value sizes = shape_of(g.input(0));
    const Value pairs = concat({unsqueeze(g.input(1), {1}), unsqueeze(sizes, {1})}, 1);
    const Value apart =
        g.builder().op(ops::Reshape{.allowzero = true}, {g.grad(0), reshape(pairs, {-1})});
    if (rank == 0) return g.set(0, g.grad(0));
    std::vector<std::int64_t> times;
    for (int axis = 0; axis < rank; ++axis) times.push_back(2 * axis);
    g.set(0, reduce_sum(apart, std::move(times), false));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Tile>() {
  static constexpr OpDef def = make_op<ops::Tile, TileImpl>("Tile", "ai.onnx", 6);
  return def;
}

}  // namespace tern
