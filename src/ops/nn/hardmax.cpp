#include "ops/axes.h"
#include "ops/elementwise.h"
#include "tern/ops/nn.h"

namespace tern {
namespace {

struct HardmaxImpl {
  static constexpr std::string_view summary =
      "1 for the first largest element along `axis`, else 0.";
  static constexpr auto inputs = std::array{Port{"input", kFloats}};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};

  static Status infer(const ops::Hardmax& op, InferContext& c) {
    if (Result<int> axis = normalize_axis(op.axis, c.in[0].rank()); !axis.ok())
      return axis.status();
    return ops::infer_same(c);
  }

  static void reference(const ops::Hardmax& op, ReferenceContext& c) {
    const FloatReader in(c.in(0));
    const FloatWriter out(c.out(0));
    const AxisSplit s = split_at(c.in(0).shape(), *normalize_axis(op.axis, c.in(0).rank()));
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t k) { return (o * s.size + k) * s.inner + i; };
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < s.size; ++k) {
          if (in[at(k)] > in[at(best)]) best = k;
        }
        for (std::int64_t k = 0; k < s.size; ++k) out.set(at(k), k == best ? 1.0 : 0.0);
      }
    }
  }

  static void gradient(const ops::Hardmax&, GradContext&) {}  // zero almost everywhere
};

}  // namespace

template <>
const OpDef& def_of<ops::Hardmax>() {
  static constexpr OpDef def = make_op<ops::Hardmax, HardmaxImpl>("Hardmax", "ai.onnx", 13);
  return def;
}

}  // namespace tern
