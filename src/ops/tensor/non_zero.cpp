#include <algorithm>
#include <cstddef>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

// Whether each element is something other than zero, false or "". NaN is.
std::vector<bool> not_zero(const Tensor& x) {
  std::vector<bool> set(static_cast<std::size_t>(x.elements()));
  const auto fill = [&](auto test) {
    for (std::size_t i = 0; i < set.size(); ++i) set[i] = test(static_cast<std::int64_t>(i));
  };
  if (x.dtype() == DType::kString) {
    fill([&](std::int64_t i) { return !x.data<std::string>()[i].empty(); });
  } else if (x.dtype() == DType::kComplex64) {
    const auto* parts = static_cast<const float*>(x.raw());
    fill([&](std::int64_t i) { return parts[2 * i] != 0 || parts[2 * i + 1] != 0; });
  } else if (x.dtype() == DType::kComplex128) {
    const auto* parts = static_cast<const double*>(x.raw());
    fill([&](std::int64_t i) { return parts[2 * i] != 0 || parts[2 * i + 1] != 0; });
  } else if (is_floating(x.dtype())) {
    const FloatReader values(x);
    fill([&](std::int64_t i) { return values[i] != 0; });
  } else {
    const IntReader values(x);
    fill([&](std::int64_t i) { return values[i] != 0; });
  }
  return set;
}

struct NonZeroImpl {
  static constexpr std::string_view summary = "The indices of the elements that are not zero.";
  static constexpr auto inputs = std::array{Port{"X", kAnyType}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::NonZero&, InferContext& c) {
    c.out.emplace_back(DType::kI64, std::vector<Dim>{Dim(c.in[0].rank()), Dim()});
    return {};
  }

  static void reference(const ops::NonZero&, ReferenceContext& c) {
    const Shape& shape = c.in(0).shape();
    const std::vector<bool> set = not_zero(c.in(0));
    const std::int64_t count = std::ranges::count(set, true);
    Result<Tensor> out = Tensor::uninitialized(DType::kI64, {shape.rank(), count});
    if (!out.ok()) return c.fail(out.status());
    auto* indices = out->mutable_data<std::int64_t>();
    const Shape strides = shape.strides();
    std::int64_t column = 0;
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (!set[i]) continue;
      for (int axis = 0; axis < shape.rank(); ++axis) {
        indices[axis * count + column] = static_cast<std::int64_t>(i) / strides[axis] % shape[axis];
      }
      ++column;
    }
    c.set_out(0, std::move(*out));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NonZero>() {
  static constexpr OpDef def = make_op<ops::NonZero, NonZeroImpl>("NonZero", "ai.onnx", 9);
  return def;
}

}  // namespace tern
