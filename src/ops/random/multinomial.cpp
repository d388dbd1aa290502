#include <algorithm>
#include <limits>

#include "ops/random/drawing.h"
#include "tern/ops/random.h"

namespace tern {
namespace {

// Sums of the probabilities up to each class, in units of the largest.
std::vector<double> running_sums(const FloatReader& logs, std::int64_t first, std::int64_t count) {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < count; ++i) largest = std::max(largest, logs[first + i]);
  std::vector<double> sums;
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    sum += std::exp(logs[first + i] - largest);
    sums.push_back(sum);
  }
  return sums;
}

struct MultinomialImpl {
  static constexpr std::string_view summary = "Classes drawn with given log-probabilities.";
  static constexpr auto inputs = std::array{Port{"input", kFloats}};
  static constexpr auto outputs = std::array{Port{"output", kIndices, PortKind::kRequired, 'U'}};
  static constexpr bool random = true;

  static Status infer(const ops::Multinomial& op, InferContext& c) {
    if (c.in[0].rank() != 2)
      return invalid_argument("the input has rank {}, not 2", c.in[0].rank());
    if (!kIndices.contains(op.dtype)) return invalid_argument("dtype is {}", to_string(op.dtype));
    if (op.sample_size < 0) return invalid_argument("sample_size is {}", op.sample_size);
    if (same(c.in[0].shape[1], Dim(0))) return invalid_argument("there is no class");
    return ops::push_output(c, op.dtype, {c.in[0].shape[0], Dim(op.sample_size)});
  }

  static void reference(const ops::Multinomial& op, ReferenceContext& c) {
    const std::int64_t classes = c.in(0).dim(1);
    const ops::WideDraw draw(c.random(), op.seed);
    const FloatReader logs(c.in(0));
    const IntWriter y(c.out(0));
    for (std::int64_t row = 0; row < c.in(0).dim(0); ++row) {
      const std::vector<double> sums = running_sums(logs, row * classes, classes);
      if (!(sums.back() > 0)) {
        return c.fail(invalid_argument("the probabilities of row {} have no sum", row));
      }
      for (std::int64_t k = 0; k < op.sample_size; ++k) {
        const std::int64_t i = row * op.sample_size + k;
        const auto above = std::ranges::upper_bound(sums, draw.uniform(i) * sums.back());
        y.set(i, std::min<std::int64_t>(above - sums.begin(), classes - 1));
      }
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Multinomial>() {
  static constexpr OpDef def =
      make_op<ops::Multinomial, MultinomialImpl>("Multinomial", "ai.onnx", 7);
  return def;
}

}  // namespace tern
