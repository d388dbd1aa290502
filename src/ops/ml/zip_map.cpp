#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/class_labels.h"
#include "ops/ml/features.h"
#include "ops/ml/maps.h"
#include "ops/reference.h"
#include "ops/sequence/items.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

ops::ClassLabels labels_of(const ops::ZipMap& op) {
  return {.ints = op.classlabels_int64s, .strings = op.classlabels_strings};
}

struct ZipMapImpl {
  static constexpr std::string_view summary = "A map of labels to values for each row.";
  static constexpr auto inputs = std::array{Port{"X", DType::kF32}};
  static constexpr auto outputs = std::array{Port{"Z", DType::kSequence, PortKind::kRequired, 'Z'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::ZipMap& op, InferContext& c) {
    const ops::ClassLabels labels = labels_of(op);
    TERN_TRY(labels.check());
    TERN_TRY(ops::example_count(c.in[0]).status());
    TERN_TRY(ops::check_features(c.in[0], labels.count(), "labels are"));
    c.out.push_back(
        TypeInfo::container(DType::kSequence, ops::map_type(labels.dtype(), DType::kF32)));
    return {};
  }

  static void reference(const ops::ZipMap& op, ReferenceContext& c) {
    Result<std::vector<Tensor>> maps = maps_of(labels_of(op), c.in(0));
    if (!maps.ok()) return c.fail(maps.status());
    c.set_out(0, Tensor::container(DType::kSequence, *std::move(maps)));
  }

 private:
  // The maps share the labels, and the values are rows of one matrix.
  static Result<std::vector<Tensor>> maps_of(const ops::ClassLabels& labels, const Tensor& x) {
    TERN_ASSIGN_OR_RETURN(const Tensor kept, ops::keep(x));
    const std::int64_t rows = x.rank() == 1 ? 1 : x.dim(0);
    TERN_ASSIGN_OR_RETURN(const Tensor matrix, kept.reshape({rows, labels.count()}));
    const Tensor keys = labels.tensor();
    std::vector<Tensor> maps;
    for (std::int64_t i = 0; i < rows; ++i) {
      TERN_ASSIGN_OR_RETURN(const Tensor slice, matrix.slice(i, i + 1));
      TERN_ASSIGN_OR_RETURN(Tensor values, slice.reshape({labels.count()}));
      maps.push_back(Tensor::container(DType::kMap, {keys, std::move(values)}));
    }
    return maps;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ZipMap>() {
  static constexpr OpDef def = make_op<ops::ZipMap, ZipMapImpl>("ZipMap", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
