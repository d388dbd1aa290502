#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/key_index.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

constexpr TypeSet kTypes =
    TypeSet(DType::kString) | DType::kI64 | DType::kI32 | DType::kI16 | DType::kF32 | DType::kF64;

/// The one of four attributes that has entries; no entries are a list too, but of which type?
Result<Tensor> only_list(std::string_view what, std::span<const float> floats,
                         std::span<const std::int64_t> ints, std::span<const std::string> strings,
                         const Tensor& tensor) {
  const int given = (floats.empty() ? 0 : 1) + (ints.empty() ? 0 : 1) + (strings.empty() ? 0 : 1) +
                    (tensor.defined() ? 1 : 0);
  if (given != 1) return invalid_argument("{} of {}_* are given, one is needed", given, what);
  if (tensor.defined()) {
    if (!kTypes.contains(tensor.dtype()) || tensor.rank() != 1) {
      return invalid_argument("{}_tensor is {}{}", what, to_string(tensor.dtype()),
                              tensor.shape().to_string());
    }
    return tensor;
  }
  if (!floats.empty()) return Tensor::vector<float>(floats);
  if (!ints.empty()) return Tensor::vector<std::int64_t>(ints);
  return Tensor::vector<std::string>(strings);
}

struct Table {
  Tensor keys, values, fallback;
};

Result<Tensor> fallback_of(const ops::LabelEncoder& op, DType type) {
  if (op.default_tensor.defined()) {
    if (op.default_tensor.dtype() != type || op.default_tensor.elements() != 1) {
      return invalid_argument("default_tensor is {}{}, not one {}",
                              to_string(op.default_tensor.dtype()),
                              op.default_tensor.shape().to_string(), to_string(type));
    }
    return op.default_tensor;
  }
  if (type == DType::kString) return Tensor::scalar(op.default_string);
  TERN_ASSIGN_OR_RETURN(Tensor fallback, Tensor::zeros(type, {}));
  if (is_floating(type)) {
    FloatWriter(fallback).set(0, static_cast<double>(op.default_float));
  } else {
    IntWriter(fallback).set(0, op.default_int64);
  }
  return fallback;
}

Result<Table> table_of(const ops::LabelEncoder& op) {
  Table table;
  TERN_ASSIGN_OR_RETURN(table.keys, only_list("keys", op.keys_floats, op.keys_int64s,
                                              op.keys_strings, op.keys_tensor));
  TERN_ASSIGN_OR_RETURN(table.values, only_list("values", op.values_floats, op.values_int64s,
                                                op.values_strings, op.values_tensor));
  if (table.keys.elements() != table.values.elements()) {
    return invalid_argument("{} keys and {} values", table.keys.elements(),
                            table.values.elements());
  }
  TERN_ASSIGN_OR_RETURN(table.fallback, fallback_of(op, table.values.dtype()));
  return table;
}

struct LabelEncoderImpl {
  static constexpr std::string_view summary = "Each key replaced by its value.";
  static constexpr auto inputs = std::array{Port{"X", kTypes}};
  static constexpr auto outputs = std::array{Port{"Y", kTypes, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::LabelEncoder& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const Table table, table_of(op));
    if (table.keys.dtype() != c.in[0].dtype) {
      return invalid_argument("X is {}, the keys are {}", to_string(c.in[0].dtype),
                              to_string(table.keys.dtype()));
    }
    return ops::push_output(c, table.values.dtype(), c.in[0].shape);
  }

  static void reference(const ops::LabelEncoder& op, ReferenceContext& c) {
    const Result<Table> table = table_of(op);
    if (!table.ok()) return c.fail(table.status());
    const ops::KeyIndex index(table->keys);
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const std::optional<std::int64_t> at = index.find(c.in(0), i);
      copy_element(at ? table->values : table->fallback, at.value_or(0), c.out(0), i);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LabelEncoder>() {
  static constexpr OpDef def =
      make_op<ops::LabelEncoder, LabelEncoderImpl>("LabelEncoder", "ai.onnx.ml", 4);
  return def;
}

}  // namespace tern
