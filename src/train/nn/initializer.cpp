#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/random.h"
#include "tensor/element.h"
#include "tern/nn.h"

namespace tern::nn {
namespace {

// The variance that an initializer aims at; uniform on (-a, a) has a^2 / 3.
double variance(const InitialValue& value) {
  const double in = std::max(1.0, value.fan_in);
  const double out = std::max(1.0, value.fan_out);
  switch (value.initializer) {
    case Initializer::kKaimingUniform:
    case Initializer::kKaimingNormal: return 2 / in;
    case Initializer::kXavierUniform:
    case Initializer::kXavierNormal: return 2 / (in + out);
    default: return 1;
  }
}

bool is_uniform(Initializer initializer) {
  return initializer == Initializer::kKaimingUniform || initializer == Initializer::kXavierUniform;
}

}  // namespace

Result<Tensor> make_initial(DType dtype, const Shape& shape, const InitialValue& value) {
  if (!is_floating(dtype)) {
    return invalid_argument("initial values of type {}, which is not floating", to_string(dtype));
  }
  TERN_ASSIGN_OR_RETURN(const Shape checked, Shape::from(shape.dims()));
  TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::zeros(dtype, checked));
  if (value.initializer == Initializer::kZeros) return tensor;
  const StoreF64 store = store_f64(dtype);
  const bool ones = value.initializer == Initializer::kOnes;
  const bool uniform = is_uniform(value.initializer);
  const double scale = std::sqrt(variance(value) * (uniform ? 3 : 1));
  RandomStream random(value.seed, value.stream);
  for (std::int64_t i = 0, n = tensor.elements(); i < n; ++i) {
    double drawn = 1;
    if (!ones) drawn = scale * (uniform ? 2 * random.uniform_double() - 1 : random.normal());
    store(tensor.mutable_raw(), i, drawn);
  }
  return tensor;
}

}  // namespace tern::nn
