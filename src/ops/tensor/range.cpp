#include <cmath>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | DType::kI16 | DType::kI32 | DType::kI64;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 62;

Result<std::int64_t> count_floats(double start, double limit, double delta) {
  if (delta == 0) return invalid_argument("delta is 0");
  const double count = std::ceil((limit - start) / delta);
  if (std::isnan(count) || count >= static_cast<double>(kMaxCount)) {
    return invalid_argument("the range from {} to {} by {} has no end", start, limit, delta);
  }
  return static_cast<std::int64_t>(std::max(count, 0.0));
}

Result<std::int64_t> count_ints(std::int64_t start, std::int64_t limit, std::int64_t delta) {
  if (delta == 0) return invalid_argument("delta is 0");
  if (delta > 0 ? start >= limit : start <= limit) return 0;
  // Distances between two i64 fit u64, and unsigned arithmetic has no overflow to fear.
  const auto from = static_cast<std::uint64_t>(start);
  const auto to = static_cast<std::uint64_t>(limit);
  const std::uint64_t distance = delta > 0 ? to - from : from - to;
  const std::uint64_t step = delta > 0 ? static_cast<std::uint64_t>(delta)
                                       : std::uint64_t{0} - static_cast<std::uint64_t>(delta);
  const std::uint64_t count = (distance - 1) / step + 1;
  if (count > static_cast<std::uint64_t>(kMaxCount)) {
    return invalid_argument("the range from {} to {} by {} is too long", start, limit, delta);
  }
  return static_cast<std::int64_t>(count);
}

Result<std::int64_t> count_of(const Tensor& start, const Tensor& limit, const Tensor& delta) {
  for (const Tensor* t : {&start, &limit, &delta}) {
    if (t->elements() != 1) return invalid_argument("a bound has {} elements", t->elements());
  }
  if (is_floating(start.dtype())) {
    return count_floats(FloatReader(start)[0], FloatReader(limit)[0], FloatReader(delta)[0]);
  }
  return count_ints(IntReader(start)[0], IntReader(limit)[0], IntReader(delta)[0]);
}

struct RangeImpl {
  static constexpr std::string_view summary = "start, start + delta, ... before limit.";
  static constexpr auto inputs =
      std::array{Port{"start", kTypes}, Port{"limit", kTypes}, Port{"delta", kTypes}};
  static constexpr auto outputs = std::array{Port{"output", kTypes}};

  static Status infer(const ops::Range&, InferContext& c) {
    Dim count;
    if (c.constant(0) != nullptr && c.constant(1) != nullptr && c.constant(2) != nullptr) {
      TERN_ASSIGN_OR_RETURN(const std::int64_t known,
                            count_of(*c.constant(0), *c.constant(1), *c.constant(2)));
      count = Dim(known);
    }
    c.out.emplace_back(c.in[0].dtype, std::vector<Dim>{count});
    return {};
  }

  static void reference(const ops::Range&, ReferenceContext& c) {
    const std::int64_t n = c.out(0).elements();
    if (is_floating(c.in(0).dtype())) {
      const double start = FloatReader(c.in(0))[0];
      const double delta = FloatReader(c.in(2))[0];
      const FloatWriter out(c.out(0));
      for (std::int64_t i = 0; i < n; ++i) out.set(i, start + static_cast<double>(i) * delta);
      return;
    }
    std::int64_t value = IntReader(c.in(0))[0];
    const std::int64_t delta = IntReader(c.in(2))[0];
    const IntWriter out(c.out(0));
    for (std::int64_t i = 0; i < n; ++i) {
      out.set(i, value);
      // The step after the last one may pass the end of i64.
      if (i + 1 < n) value += delta;
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Range>() {
  static constexpr OpDef def = make_op<ops::Range, RangeImpl>("Range", "ai.onnx", 11);
  return def;
}

}  // namespace tern
