#include "ops/elementwise.h"
#include "ops/nn/rotary.h"
#include "tern/ops/transformer.h"

namespace tern {
namespace {

struct RotaryEmbeddingCacheGradImpl {
  static constexpr std::string_view summary = "Gradients of RotaryEmbedding's caches.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"X", kFloats},
                 Port{"cos_cache", kFloats, PortKind::kRequired, 'T', /*shape_only=*/true},
                 Port{"position_ids", DType::kI64, PortKind::kOptional, 'M'}};
  static constexpr auto outputs =
      std::array{Port{"dcos_cache", kFloats}, Port{"dsin_cache", kFloats}};

  static Status infer(const ops::RotaryEmbeddingCacheGrad& op, InferContext& c) {
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "X", c.in[1]));
    TERN_TRY(ops::check_rotary(ops::RotaryAttributes::of(op), c.in[1], "cos_cache", c.in[2],
                               c.has(3) ? c.in[3] : TypeInfo()));
    c.out = {c.in[2], c.in[2]};
    return {};
  }

  static void reference(const ops::RotaryEmbeddingCacheGrad& op, ReferenceContext& c) {
    const auto s = ops::RotarySizes::of(ops::RotaryAttributes::of(op), c.in(1).shape());
    const auto rows = ops::rotary_rows(s, c.has(3) ? &c.in(3) : nullptr, c.in(2).dim(0));
    if (!rows.ok()) return c.fail(rows.status());
    const FloatReader dy(c.in(0)), x(c.in(1));
    const auto entries = static_cast<std::size_t>(c.in(2).elements());
    std::vector<double> dcos(entries, 0.0), dsin(entries, 0.0);
    for (std::int64_t n = 0; n < s.batch; ++n) {
      for (std::int64_t h = 0; h < s.heads; ++h) {
        for (std::int64_t l = 0; l < s.length; ++l) {
          const std::int64_t head = s.head(n, h, l);
          const std::int64_t row = (*rows)[static_cast<std::size_t>(n * s.length + l)] * s.pairs;
          for (std::int64_t pair = 0; pair < s.pairs; ++pair) {
            const std::int64_t a = head + s.first(pair), b = head + s.second(pair);
            const auto at = static_cast<std::size_t>(row + pair);
            dcos[at] += dy[a] * x[a] + dy[b] * x[b];
            dsin[at] += dy[b] * x[a] - dy[a] * x[b];
          }
        }
      }
    }
    if (c.wants(0)) write_f64(dcos, c.out(0));
    if (c.wants(1)) write_f64(dsin, c.out(1));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RotaryEmbeddingCacheGrad>() {
  static constexpr OpDef def = make_op<ops::RotaryEmbeddingCacheGrad, RotaryEmbeddingCacheGradImpl>(
      "RotaryEmbeddingCacheGrad", "tern", 1);
  return def;
}

}  // namespace tern
