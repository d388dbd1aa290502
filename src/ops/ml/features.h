// The matrix of examples that operators of ai.onnx.ml read: [N, C], or [C] for one example.
#pragma once

#include <span>
#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"

namespace tern::ops {

/// What most of these operators take.
inline constexpr TypeSet kFeatureTypes =
    TypeSet(DType::kF32) | DType::kF64 | DType::kI64 | DType::kI32;

/// How many examples there are; fails unless the rank is 1 or 2.
Result<Dim> example_count(const TypeInfo& x);
/// How many features an example has; only after example_count.
Dim feature_count(const TypeInfo& x);

/// Fails unless X has `wanted` features, as far as that is known; `what` asks for them.
Status check_features(const TypeInfo& x, std::int64_t wanted, std::string_view what);

/// Row after row as double.
class ExampleReader {
 public:
  explicit ExampleReader(const Tensor& x);

  std::int64_t examples() const { return examples_; }
  std::int64_t features() const { return features_; }
  /// Valid until the next call.
  std::span<const double> row(std::int64_t i);

 private:
  FloatReader reader_;
  std::int64_t examples_;
  std::int64_t features_;
  std::vector<double> row_;
};

/// Writes row `i` of an f32 matrix.
void set_row(Tensor& matrix, std::int64_t i, std::span<const double> row);

/// The entries of a list that is one number for all features, or one for each: an index into it.
inline std::size_t feature_entry(std::size_t entries, std::int64_t feature) {
  return entries == 1 ? 0 : static_cast<std::size_t>(feature);
}
/// Fails unless `entries` is 1 or the size of X's last axis.
Status check_per_feature(const TypeInfo& x, std::size_t entries, std::string_view what);

/// The numbers of an attribute that is a list of floats or, as `<name>_as_tensor`, a tensor of f32
/// or f64. Fails when both are given.
Result<std::vector<double>> number_list(std::string_view name, std::span<const float> floats,
                                        const Tensor& tensor);

}  // namespace tern::ops
