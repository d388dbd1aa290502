#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/indexing.h"

namespace tern {
namespace {

struct TensorScatterImpl {
  static constexpr std::string_view summary = "A cache with new entries written at a position.";
  static constexpr auto inputs =
      std::array{Port{"past_cache", kAnyType}, Port{"update", kAnyType},
                 Port{"write_indices", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"present_cache", kAnyType}};

  static Status infer(const ops::TensorScatter& op, InferContext& c) {
    const TypeInfo& cache = c.in[0];
    const TypeInfo& update = c.in[1];
    TERN_ASSIGN_OR_RETURN(const int along, normalize_axis(op.axis, cache.rank()));
    if (along == 0) return invalid_argument("axis 0 is the batch, not a sequence");
    if (update.rank() != cache.rank()) {
      return invalid_argument("update has rank {}, the cache has {}", update.rank(), cache.rank());
    }
    c.out.push_back(cache);
    for (int axis = 0; axis < cache.rank(); ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      const Dim& size = cache.shape[i];
      const Dim& written = update.shape[i];
      if (axis != along) {
        TERN_ASSIGN_OR_RETURN(c.out[0].shape[i], ops::merge_dims(size, written));
      } else if (size.known() && written.known() && written.value() > size.value()) {
        return invalid_argument("the update has {} entries, the cache {}", written.value(),
                                size.value());
      }
    }
    if (!c.has(2)) return {};
    TERN_TRY(ops::check_vector(c, 2, "write_indices"));
    TERN_ASSIGN_OR_RETURN(c.out[0].shape[0], ops::merge_dims(c.out[0].shape[0], c.in[2].shape[0]));
    return {};
  }

  static void reference(const ops::TensorScatter& op, ReferenceContext& c) {
    const Tensor& update = c.in(1);
    const Shape& shape = c.in(0).shape();
    const int axis = *normalize_axis(op.axis, shape.rank());
    const AxisSplit s = split_at(shape, axis);
    const std::int64_t written = update.dim(axis);
    const std::int64_t per_row = shape[0] == 0 ? 0 : s.outer / shape[0];
    copy_elements(c.in(0), 0, c.out(0), 0, shape.elements());
    for (std::int64_t o = 0; o < s.outer; ++o) {
      const std::int64_t start = c.has(2) ? c.in(2).data<std::int64_t>()[o / per_row] : 0;
      const std::int64_t last = op.mode == ops::CacheMode::kLinear ? s.size - written : s.size - 1;
      if (written > 0 && (start < 0 || start > last)) {
        return c.fail(out_of_range("write index {} is outside [0, {}]", start, last));
      }
      for (std::int64_t i = 0; i < written; ++i) {
        const std::int64_t place = (start + i) % s.size;
        copy_elements(update, (o * written + i) * s.inner, c.out(0), (o * s.size + place) * s.inner,
                      s.inner);
      }
    }
  }

  static void gradient(const ops::TensorScatter& op, GradContext& g) {
    GraphBuilder& b = g.builder();
    const Value dy = g.grad(0);
    const Value update = g.input(1);
    g.set(0, b.op(op, {dy, zeros_like(update), g.input(2)}));
    if (!g.wants(1)) return;
    // The place of every element of the update along the axis, for GatherElements.
    const Result<int> axis = normalize_axis(op.axis, update.rank());
    if (!axis.ok()) return b.fail(axis.status());
    const Value written = b.op(ops::Shape{.end = *axis + 1, .start = *axis}, {update});
    const Value size = b.op(ops::Shape{.end = *axis + 1, .start = *axis}, {dy});
    std::vector<std::int64_t> steps(static_cast<std::size_t>(update.rank()), 1);
    std::vector<std::int64_t> rows = steps;
    steps[static_cast<std::size_t>(*axis)] = -1;
    rows[0] = -1;
    Value places = b.op(ops::Range{}, {b.scalar<std::int64_t>(0), squeeze(written, {0}),
                                       b.scalar<std::int64_t>(1)});
    places = reshape(places, std::move(steps));
    if (g.input(2).present()) places = places + reshape(g.input(2), std::move(rows));
    if (op.mode == ops::CacheMode::kCircular) places = b.op(ops::Mod{}, {places, size});
    places = expand(places, shape_of(update));
    g.set(1, b.op(ops::GatherElements{.axis = *axis}, {dy, places}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::TensorScatter>() {
  static constexpr OpDef def =
      make_op<ops::TensorScatter, TensorScatterImpl>("TensorScatter", "ai.onnx", 24);
  return def;
}

}  // namespace tern
