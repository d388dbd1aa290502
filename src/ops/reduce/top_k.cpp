#include <algorithm>
#include <numeric>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "ops/grad.h"
#include "ops/reduce/selection.h"
#include "tern/functions.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kNumeric;

struct TopKImpl {
  static constexpr std::string_view summary = "The K best elements along an axis, best first.";
  static constexpr auto inputs =
      std::array{Port{"X", kTypes}, Port{"K", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs =
      std::array{Port{"Values", kTypes}, Port{"Indices", DType::kI64, PortKind::kRequired, 'I'}};

  static Status infer(const ops::TopK& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(op.axis, c.in[0].rank()));
    TERN_TRY(ops::check_scalar("K", c.in[1]));
    std::vector<Dim> out = c.in[0].shape;
    Dim& along = out[static_cast<std::size_t>(axis)];
    Dim count;
    if (const auto k = c.ints(1)) {
      if ((*k)[0] < 0 || (along.known() && (*k)[0] > along.value())) {
        return invalid_argument("K is {} on an axis of {}", (*k)[0], along.value());
      }
      count = Dim((*k)[0]);
    }
    along = count;
    c.out.emplace_back(c.in[0].dtype, out);
    c.out.emplace_back(DType::kI64, std::move(out));
    return {};
  }

  static void reference(const ops::TopK& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const AxisSplit s = split_at(x.shape(), *normalize_axis(op.axis, x.rank()));
    const std::int64_t k = IntReader(c.in(1))[0];
    const ops::ElementOrder order(x);
    std::vector<std::int64_t> ranked(static_cast<std::size_t>(s.size));
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t n) { return (o * s.size + n) * s.inner + i; };
        const auto better = [&](std::int64_t a, std::int64_t b) {
          const int difference = order.compare(at(a), at(b));
          if (difference == 0) return a < b;
          return op.largest ? difference > 0 : difference < 0;
        };
        std::iota(ranked.begin(), ranked.end(), 0);
        std::partial_sort(ranked.begin(), ranked.begin() + k, ranked.end(), better);
        for (std::int64_t n = 0; n < k; ++n) {
          const std::int64_t to = (o * k + n) * s.inner + i;
          const std::int64_t from = ranked[static_cast<std::size_t>(n)];
          if (c.wants(0)) copy_element(x, at(from), c.out(0), to);
          if (c.wants(1)) c.out(1).mutable_data<std::int64_t>()[to] = from;
        }
      }
    }
  }

  static void gradient(const ops::TopK& op, GradContext& g) {
    if (!g.grad(0).present()) return;
    g.set(0, g.builder().op(ops::ScatterElements{.axis = op.axis},
                            {zeros_like(g.input(0)), g.require_output(1), g.grad(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::TopK>() {
  static constexpr OpDef def = make_op<ops::TopK, TopKImpl>("TopK", "ai.onnx", 11);
  return def;
}

}  // namespace tern
