#include "ops/elementwise.h"
#include "ops/expand.h"
#include "ops/nn/rotary.h"
#include "tern/functions.h"
#include "tern/ops/transformer.h"

namespace tern {
namespace {

struct RotaryEmbeddingImpl {
  static constexpr std::string_view summary =
      "Rotates pairs of entries of each head by the angle of its position.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"cos_cache", kFloats}, Port{"sin_cache", kFloats},
                 Port{"position_ids", DType::kI64, PortKind::kOptional, 'M'}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::RotaryEmbedding& op, InferContext& c) {
    const auto attributes = ops::RotaryAttributes::of(op);
    const TypeInfo position_ids = c.has(3) ? c.in[3] : TypeInfo();
    TERN_TRY(ops::check_rotary(attributes, c.in[0], "cos_cache", c.in[1], position_ids));
    TERN_TRY(ops::check_rotary(attributes, c.in[0], "sin_cache", c.in[2], position_ids));
    TERN_TRY(ops::check_same_shape("sin_cache", c.in[2], "cos_cache", c.in[1]));
    return ops::infer_same(c);
  }

  static void reference(const ops::RotaryEmbedding& op, ReferenceContext& c) {
    const auto s = ops::RotarySizes::of(ops::RotaryAttributes::of(op), c.in(0).shape());
    const auto rows = ops::rotary_rows(s, c.has(3) ? &c.in(3) : nullptr, c.in(1).dim(0));
    if (!rows.ok()) return c.fail(rows.status());
    const FloatReader x(c.in(0)), cosines(c.in(1)), sines(c.in(2));
    const FloatWriter y(c.out(0));
    for (std::int64_t n = 0; n < s.batch; ++n) {
      for (std::int64_t h = 0; h < s.heads; ++h) {
        for (std::int64_t l = 0; l < s.length; ++l) {
          const std::int64_t head = s.head(n, h, l);
          const std::int64_t row = (*rows)[static_cast<std::size_t>(n * s.length + l)] * s.pairs;
          for (std::int64_t pair = 0; pair < s.pairs; ++pair) {
            const double a = x[head + s.first(pair)], b = x[head + s.second(pair)];
            const double cosine = cosines[row + pair], sine = sines[row + pair];
            y.set(head + s.first(pair), cosine * a - sine * b);
            y.set(head + s.second(pair), sine * a + cosine * b);
          }
          for (std::int64_t i = 2 * s.pairs; i < s.size; ++i) y.set(head + i, x[head + i]);
        }
      }
    }
  }

  static void gradient(const ops::RotaryEmbedding& op, GradContext& g) {
    GraphBuilder& b = g.builder();
    // The way back is the rotation by the negative angle.
    g.set(0, b.op(op, {g.grad(0), g.input(1), -g.input(2), g.input(3)}));
    if (!g.wants(1) && !g.wants(2)) return;
    const std::vector<Value> d =
        b.op_n(ops::RotaryEmbeddingCacheGrad{.interleaved = op.interleaved,
                                             .num_heads = op.num_heads,
                                             .rotary_embedding_dim = op.rotary_embedding_dim},
               {g.grad(0), g.input(0), g.input(1), g.input(3)}, 2);
    g.set(1, d[0]);
    g.set(2, d[1]);
  }

  static void expand(const ops::RotaryEmbedding& op, ExpandContext& c) {
    const Value x = c.input(0);
    const bool packed = x.rank() == 3;
    const Value heads = packed ? reshape(x, {0, 0, op.num_heads, -1}) : x;
    const Dim size = heads.type().shape[3];
    const Dim cached = c.input(1).type().shape.back();
    if (!size.known() && op.rotary_embedding_dim == 0 && !cached.known()) {
      return c.builder().fail(unimplemented("RotaryEmbedding on heads of unknown size"));
    }
    const std::int64_t rotated = op.rotary_embedding_dim != 0 ? op.rotary_embedding_dim
                                 : size.known()               ? size.value()
                                                              : 2 * cached.value();
    // One row of the caches per position, the same for all heads.
    const auto angle = [&](Value cache) {
      const Value rows = c.has(3) ? gather(cache, c.input(3)) : cache;
      return unsqueeze(rows, {packed ? 2 : 1});
    };
    const Value cosine = angle(c.input(1)), sine = angle(c.input(2));
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    const auto part = [&](std::int64_t begin, std::int64_t end, std::int64_t step) {
      return slice(heads, {begin}, {end}, {3}, {step});
    };
    const Value a = op.interleaved ? part(0, rotated, 2) : part(0, rotated / 2, 1);
    const Value b = op.interleaved ? part(1, rotated, 2) : part(rotated / 2, rotated, 1);
    Value first = cosine * a - sine * b, second = sine * a + cosine * b;
    std::vector<Value> parts{first, second};
    if (op.interleaved) {
      parts = {
          reshape(concat({unsqueeze(first, {4}), unsqueeze(second, {4})}, 4), {0, 0, 0, rotated})};
    }
    parts.push_back(part(rotated, kEnd, 1));
    const Value y = concat(parts, 3);
    c.set(0, packed ? reshape(y, shape_of(x)) : y);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RotaryEmbedding>() {
  static constexpr OpDef def =
      make_op<ops::RotaryEmbedding, RotaryEmbeddingImpl>("RotaryEmbedding", "ai.onnx", 23);
  return def;
}

}  // namespace tern
