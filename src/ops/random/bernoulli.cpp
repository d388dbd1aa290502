#include "ops/random/drawing.h"
#include "tern/ops/random.h"

namespace tern {
namespace {

constexpr TypeSet kResults = kNumeric | kBools;

struct BernoulliImpl {
  static constexpr std::string_view summary = "1 with the probability given, else 0.";
  static constexpr auto inputs = std::array{Port{"input", kFloats}};
  static constexpr auto outputs = std::array{Port{"output", kResults, PortKind::kRequired, 'U'}};
  static constexpr bool random = true;

  static Status infer(const ops::Bernoulli& op, InferContext& c) {
    c.out.push_back(c.in[0]);
    if (op.dtype != DType::kUndefined) c.out[0].dtype = op.dtype;
    if (kResults.contains(c.out[0].dtype)) return {};
    return invalid_argument("dtype is {}", to_string(op.dtype));
  }

  static void reference(const ops::Bernoulli& op, ReferenceContext& c) {
    const FloatReader p(c.in(0));
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      if (!(p[i] >= 0 && p[i] <= 1)) {
        return c.fail(invalid_argument("probability {} of element {} is not in [0, 1]", p[i], i));
      }
    }
    ops::fill_random(c, op.seed, [&](const ops::WideDraw& draw, std::int64_t i) {
      return draw.uniform(i) < p[i] ? 1.0 : 0.0;
    });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Bernoulli>() {
  static constexpr OpDef def = make_op<ops::Bernoulli, BernoulliImpl>("Bernoulli", "ai.onnx", 15);
  return def;
}

}  // namespace tern
