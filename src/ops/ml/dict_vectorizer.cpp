#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/class_labels.h"
#include "ops/ml/key_index.h"
#include "ops/ml/maps.h"
#include "ops/reference.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

constexpr TypeSet kValues = TypeSet(DType::kI64) | DType::kF32 | DType::kF64 | DType::kString;

ops::ClassLabels vocabulary_of(const ops::DictVectorizer& op) {
  return {.ints = op.int64_vocabulary, .strings = op.string_vocabulary};
}

struct DictVectorizerImpl {
  static constexpr std::string_view summary = "The values of a map in the order of a vocabulary.";
  static constexpr auto inputs = std::array{Port{"X", DType::kMap}};
  static constexpr auto outputs = std::array{Port{"Y", kValues, PortKind::kRequired, 'Y'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::DictVectorizer& op, InferContext& c) {
    if (op.int64_vocabulary.empty() == op.string_vocabulary.empty()) {
      return invalid_argument(
          "string_vocabulary has {} entries, int64_vocabulary {}; one is needed",
          op.string_vocabulary.size(), op.int64_vocabulary.size());
    }
    const ops::ClassLabels vocabulary = vocabulary_of(op);
    const DType keys = ops::key_type(c.in[0]);
    if (keys != DType::kUndefined) TERN_TRY(check_keys(vocabulary, keys));
    c.out.emplace_back(ops::value_type(c.in[0]), std::vector<Dim>{Dim(1), Dim(vocabulary.count())});
    return {};
  }

  static void reference(const ops::DictVectorizer& op, ReferenceContext& c) {
    Result<Tensor> row = row_of(vocabulary_of(op), c.in(0));
    if (!row.ok()) return c.fail(row.status());
    c.set_out(0, *std::move(row));
  }

 private:
  static Status check_keys(const ops::ClassLabels& vocabulary, DType keys) {
    if (keys == vocabulary.dtype()) return {};
    return invalid_argument("X has keys of type {}, the vocabulary is {}", to_string(keys),
                            to_string(vocabulary.dtype()));
  }

  static Result<Tensor> row_of(const ops::ClassLabels& vocabulary, const Tensor& map) {
    TERN_ASSIGN_OR_RETURN(const ops::MapView view, ops::view_map(map));
    TERN_TRY(check_keys(vocabulary, view.keys.dtype()));
    if (!kValues.contains(view.values.dtype())) {
      return invalid_argument("X has values of type {}", to_string(view.values.dtype()));
    }
    TERN_ASSIGN_OR_RETURN(Tensor row, Tensor::zeros(view.values.dtype(), {1, vocabulary.count()}));
    const ops::KeyIndex index(view.keys);
    const Tensor words = vocabulary.tensor();
    for (std::int64_t k = 0; k < words.elements(); ++k) {
      const std::optional<std::int64_t> at = index.find(words, k);
      if (at) copy_element(view.values, *at, row, k);
    }
    return row;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DictVectorizer>() {
  static constexpr OpDef def =
      make_op<ops::DictVectorizer, DictVectorizerImpl>("DictVectorizer", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
