#include "serve/batch/row_probe.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "tensor/element.h"

namespace tern::serve {
namespace {

using Tensors = std::vector<Tensor>;

void fill(Tensor& tensor, RandomStream& random) {
  if (tensor.dtype() == DType::kString) {
    for (std::string& text : tensor.mutable_span<std::string>()) {
      text = std::to_string(random.below(10));
    }
  } else if (is_floating(tensor.dtype())) {
    const StoreF64 store = store_f64(tensor.dtype());
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      store(tensor.mutable_raw(), i, 2 * random.uniform_float() - 1);
    }
  } else if (!is_complex(tensor.dtype())) {
    // 0 and 1 are in the range of nearly every table that integers are positions in.
    const StoreI64 store = store_i64(tensor.dtype());
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      store(tensor.mutable_raw(), i, static_cast<std::int64_t>(random.below(2)));
    }
  }
}

constexpr std::int64_t kRows = 3;

/// Random rows of every input, open sizes inside of rows being `open`.
Result<Tensors> random_rows(const Signature& signature, std::int64_t open) {
  Tensors inputs;
  RandomStream random(1);
  for (const IoInfo& input : signature.inputs()) {
    std::vector<std::int64_t> dims;
    for (const Dim& dim : input.type.shape) dims.push_back(dim.known() ? dim.value() : open);
    dims[0] = kRows;
    Result<Shape> shape = Shape::from(dims);
    if (!shape.ok()) return shape.status();
    Result<Tensor> tensor = Tensor::zeros(input.type.dtype, *shape);
    if (!tensor.ok()) return tensor.status();
    fill(*tensor, random);
    inputs.push_back(std::move(*tensor));
  }
  return inputs;
}

/// Rows [begin, end) of every tensor; fewer tensors when one cannot be cut there.
Tensors rows_of(const Tensors& tensors, std::int64_t begin, std::int64_t end) {
  Tensors parts;
  for (const Tensor& tensor : tensors) {
    Result<Tensor> part = tensor.rank() > 0 && tensor.dim(0) >= end ? tensor.slice(begin, end)
                                                                    : Result<Tensor>(Tensor());
    if (part.ok() && part->defined()) parts.push_back(std::move(*part));
  }
  return parts;
}

bool agree(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
  if (is_container(a.dtype())) return std::ranges::equal(a.items(), b.items(), agree);
  if (!is_floating(a.dtype())) return identical(a, b);
  // Sums over rows of another number may be rounded in another order.
  constexpr double kRelative = 1e-3;
  const LoadF64 load = load_f64(a.dtype());
  double largest = 0;
  for (std::int64_t i = 0; i < a.elements(); ++i) {
    const double value = std::abs(load(a.raw(), i));
    if (std::isfinite(value)) largest = std::max(largest, value);
  }
  for (std::int64_t i = 0; i < a.elements(); ++i) {
    const double x = load(a.raw(), i);
    const double y = load(b.raw(), i);
    if (std::isnan(x) && std::isnan(y)) continue;
    if (x != y && !(std::abs(x - y) <= kRelative * largest)) return false;
  }
  return true;
}

enum class Verdict : std::uint8_t { kIndependent, kDependent, kDoesNotRun };

Verdict probe(const Signature& signature, const RunModel& run, std::int64_t open) {
  const Result<Tensors> inputs = random_rows(signature, open);
  if (!inputs.ok()) return Verdict::kDoesNotRun;
  const std::size_t count = signature.outputs().size();
  Tensors together(count);
  if (!run(*inputs, together).ok()) return Verdict::kDoesNotRun;
  for (std::int64_t row = 0; row < kRows; ++row) {
    const Tensors part = rows_of(*inputs, row, row + 1);
    if (part.size() != inputs->size()) return Verdict::kDependent;
    Tensors alone(count);
    if (!run(part, alone).ok()) return Verdict::kDependent;
    const Tensors expected = rows_of(together, row, row + 1);
    if (!std::ranges::equal(expected, alone, agree)) return Verdict::kDependent;
  }
  return Verdict::kIndependent;
}

}  // namespace

bool rows_are_independent(const Signature& signature, const RunModel& run) {
  if (!signature.rows_are_open()) return false;
  const bool open_inside = std::ranges::any_of(signature.inputs(), [](const IoInfo& input) {
    return std::any_of(input.type.shape.begin() + 1, input.type.shape.end(),
                       [](const Dim& dim) { return !dim.known(); });
  });
  for (const std::int64_t open : {8, 64, 224}) {
    const Verdict verdict = probe(signature, run, open);
    if (verdict != Verdict::kDoesNotRun) return verdict == Verdict::kIndependent;
    if (!open_inside) break;
  }
  return false;
}

}  // namespace tern::serve
