#include <algorithm>
#include <numeric>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/maps.h"
#include "ops/reference.h"
#include "tern/ops/ml.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

DType type_of(ops::MapElement element) {
  switch (element) {
    case ops::MapElement::kFloat: return DType::kF32;
    case ops::MapElement::kString: return DType::kString;
    case ops::MapElement::kInt64: break;
  }
  return DType::kI64;
}

struct CastMapImpl {
  static constexpr std::string_view summary = "The values of a map as one row.";
  static constexpr auto inputs = std::array{Port{"X", DType::kMap}};
  static constexpr auto outputs = std::array{
      Port{"Y", TypeSet(DType::kString) | DType::kF32 | DType::kI64, PortKind::kRequired, 'Y'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::CastMap& op, InferContext& c) {
    const bool sparse = op.map_form == ops::MapForm::kSparse;
    if (sparse && op.max_map < 1) return invalid_argument("max_map is {}", op.max_map);
    const DType keys = ops::key_type(c.in[0]);
    if (keys != DType::kUndefined && keys != DType::kI64) {
      return invalid_argument("X has keys of type {}, not i64", to_string(keys));
    }
    c.out.emplace_back(type_of(op.cast_to),
                       std::vector<Dim>{Dim(1), sparse ? Dim(op.max_map) : Dim()});
    return {};
  }

  static void reference(const ops::CastMap& op, ReferenceContext& c) {
    Result<Tensor> row = row_of(op, c.in(0));
    if (!row.ok()) return c.fail(row.status());
    c.set_out(0, *std::move(row));
  }

 private:
  static Result<Tensor> row_of(const ops::CastMap& op, const Tensor& map) {
    TERN_ASSIGN_OR_RETURN(const ops::MapView view, ops::view_map(map));
    if (view.keys.dtype() != DType::kI64) {
      return invalid_argument("X has keys of type {}, not i64", to_string(view.keys.dtype()));
    }
    const auto keys = view.keys.span<std::int64_t>();
    const Tensor* in[] = {&view.values};
    TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> cast,
                          run_reference(ops::Cast{.to = type_of(op.cast_to)}, in, 1));
    std::vector<std::size_t> order(keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return keys[i]; });
    if (!order.empty() && keys[order[0]] < 0) {
      return invalid_argument("X has the key {}, which is below 0", keys[order[0]]);
    }
    const bool sparse = op.map_form == ops::MapForm::kSparse;
    const auto columns = sparse ? op.max_map : static_cast<std::int64_t>(keys.size());
    TERN_ASSIGN_OR_RETURN(Tensor row, Tensor::zeros(type_of(op.cast_to), {1, columns}));
    for (std::size_t k = 0; k < order.size(); ++k) {
      const std::int64_t to = sparse ? keys[order[k]] : static_cast<std::int64_t>(k);
      if (to >= columns) break;
      copy_element(cast[0], static_cast<std::int64_t>(order[k]), row, to);
    }
    return row;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::CastMap>() {
  static constexpr OpDef def = make_op<ops::CastMap, CastMapImpl>("CastMap", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
