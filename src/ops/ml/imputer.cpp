#include <cmath>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/ml/features.h"
#include "ops/reference.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

struct ImputerImpl {
  static constexpr std::string_view summary = "X with one value replaced.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs = std::array{Port{"Y", ops::kFeatureTypes}};

  static Status infer(const ops::Imputer& op, InferContext& c) {
    const bool floats = is_floating(c.in[0].dtype);
    const std::string_view name = floats ? "imputed_value_floats" : "imputed_value_int64s";
    const std::size_t entries =
        floats ? op.imputed_value_floats.size() : op.imputed_value_int64s.size();
    if (entries == 0) {
      return invalid_argument("{} is missing for X of type {}", name, to_string(c.in[0].dtype));
    }
    TERN_TRY(ops::check_per_feature(c.in[0], entries, name));
    return ops::infer_same(c);
  }

  static void reference(const ops::Imputer& op, ReferenceContext& c) {
    is_floating(c.in(0).dtype()) ? impute_floats(op, c) : impute_integers(op, c);
  }

 private:
  static std::int64_t features_of(const Tensor& x) { return x.rank() == 0 ? 1 : x.shape().back(); }

  static void impute_floats(const ops::Imputer& op, ReferenceContext& c) {
    const FloatReader x(c.in(0));
    const FloatWriter y(c.out(0));
    const auto replaced = static_cast<double>(op.replaced_value_float);
    const std::int64_t features = features_of(c.in(0));
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const bool replace = x[i] == replaced || (std::isnan(x[i]) && std::isnan(replaced));
      const std::size_t at = ops::feature_entry(op.imputed_value_floats.size(), i % features);
      y.set(i, replace ? static_cast<double>(op.imputed_value_floats[at]) : x[i]);
    }
  }

  static void impute_integers(const ops::Imputer& op, ReferenceContext& c) {
    const IntReader x(c.in(0));
    const IntWriter y(c.out(0));
    const std::int64_t features = features_of(c.in(0));
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const std::size_t at = ops::feature_entry(op.imputed_value_int64s.size(), i % features);
      y.set(i, x[i] == op.replaced_value_int64 ? op.imputed_value_int64s[at] : x[i]);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Imputer>() {
  static constexpr OpDef def = make_op<ops::Imputer, ImputerImpl>("Imputer", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
