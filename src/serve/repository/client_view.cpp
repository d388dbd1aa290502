#include "serve/repository/client_view.h"

#include <algorithm>

#include "base/checked_math.h"
#include "base/errors.h"

namespace tern::serve {
namespace {

std::string text_of(DType dtype, std::span<const Dim> dims) {
  std::string text = std::string(to_string(dtype)) + "[";
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) text += ",";
    text += dims[i].known() ? std::to_string(dims[i].value()) : "?";
  }
  return text + "]";
}

std::string text_of(std::span<const std::int64_t> dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) text += ",";
    text += std::to_string(dims[i]);
  }
  return text + "]";
}

// The product of the sizes that are known; nothing when it overflows.
std::optional<std::int64_t> known_elements(std::span<const std::int64_t> dims) {
  std::optional<std::int64_t> product = 1;
  for (const std::int64_t dim : dims) {
    if (dim >= 0 && product) product = checked_mul(*product, dim);
  }
  return product;
}

// One side, inputs or outputs.
class Side {
 public:
  Side(std::string_view what, std::span<const IoInfo> infos, const ModelConfig& config)
      : what_(what), infos_(infos), rows_(config.max_batch_size > 0) {}

  Status view(std::span<const TensorConfig> tensors, bool to_model) {
    for (const TensorConfig& tensor : tensors) {
      if (std::ranges::find(infos_, tensor.name, &IoInfo::name) == infos_.end()) {
        std::string names;
        for (const IoInfo& info : infos_) names += (names.empty() ? "" : ", ") + info.name;
        return invalid_argument("{} {}: the model has none of that name, only {}", what_,
                                tensor.name, names);
      }
    }
    for (const IoInfo& info : infos_) {
      const auto tensor = std::ranges::find(tensors, info.name, &TensorConfig::name);
      if (rows_) TERN_TRY(check_rows(info));
      std::optional<ShapeChange> change;
      if (tensor == tensors.end()) {
        seen_.push_back(info);
      } else {
        Result<IoInfo> seen = see(info, *tensor);
        if (!seen.ok()) return seen.status().with_context(fmt::format("{} {}", what_, info.name));
        seen_.push_back(std::move(*seen));
        if (tensor->reshape) {
          change = ShapeChange{.from = tensor->dims, .to = *tensor->reshape, .rows = rows_};
          if (!to_model) std::swap(change->from, change->to);
        }
      }
      changes_.push_back(std::move(change));
    }
    return {};
  }

  std::vector<IoInfo>& seen() { return seen_; }
  std::vector<std::optional<ShapeChange>>& changes() { return changes_; }

 private:
  Status check_rows(const IoInfo& info) const {
    const TypeInfo& type = info.type;
    if (!type.has_rank || (type.rank() > 0 && !type.shape[0].known())) return {};
    return invalid_argument("{} {} is {}, without the open first size that max_batch_size needs",
                            what_, info.name, info.text);
  }

  // An input or output of the model as a client sees it.
  Result<IoInfo> see(const IoInfo& info, const TensorConfig& config) const {
    if (config.dtype != DType::kUndefined && config.dtype != info.type.dtype) {
      return invalid_argument("its type is {}, that of the model {}", to_string(config.dtype),
                              to_string(info.type.dtype));
    }
    if (!config.has_dims) return info;
    const std::vector<std::int64_t>& inner = config.reshape ? *config.reshape : config.dims;
    if (config.reshape && known_elements(config.dims) != known_elements(*config.reshape)) {
      return invalid_argument("dims {} and reshape {} have different numbers of elements",
                              text_of(config.dims), text_of(*config.reshape));
    }
    const std::size_t first = rows_ ? 1 : 0;
    const TypeInfo& type = info.type;
    if (type.has_rank && type.shape.size() != inner.size() + first) {
      return invalid_argument("sizes {}{}, where the model is {}", text_of(inner),
                              rows_ ? " behind the rows" : "", info.text);
    }
    IoInfo seen = info;
    std::vector<Dim> dims;
    if (rows_) dims.push_back(type.has_rank ? type.shape[0] : Dim());
    for (std::size_t i = 0; i < inner.size(); ++i) {
      const Dim own = type.has_rank ? type.shape[first + i] : Dim();
      const bool agree =
          !own.known() || inner[i] == own.value() || (inner[i] < 0 && !config.reshape);
      if (!agree) {
        return invalid_argument("sizes {}{}, where the model is {}", text_of(inner),
                                rows_ ? " behind the rows" : "", info.text);
      }
      if (!config.reshape) dims.push_back(inner[i] < 0 ? own : Dim(inner[i]));
    }
    if (config.reshape) {
      for (const std::int64_t dim : config.dims) dims.push_back(dim < 0 ? Dim() : Dim(dim));
    }
    const bool same = type.has_rank && std::ranges::equal(dims, type.shape, [](Dim a, Dim b) {
                        return a.known() ? a.value() == b.value() : !b.known();
                      });
    seen.type = TypeInfo(type.dtype, std::move(dims));
    if (!same) seen.text = text_of(type.dtype, seen.type.shape);
    return seen;
  }

  const std::string_view what_;
  const std::span<const IoInfo> infos_;
  const bool rows_;
  std::vector<IoInfo> seen_;
  std::vector<std::optional<ShapeChange>> changes_;
};

}  // namespace

Result<Tensor> ShapeChange::apply(const Tensor& tensor) const {
  const std::size_t first = rows ? 1 : 0;
  const Shape& shape = tensor.shape();
  const auto mismatch = [&] {
    return invalid_argument("shape {} is not {}{}", shape.to_string(), rows ? "rows of " : "",
                            text_of(from));
  };
  if (shape.size() != from.size() + first) return mismatch();
  std::vector<std::int64_t> dims;
  if (rows) dims.push_back(shape[0]);
  std::size_t open = 0;
  for (const std::int64_t dim : to) {
    if (dim >= 0) {
      dims.push_back(dim);
      continue;
    }
    while (open < from.size() && from[open] >= 0) ++open;
    if (open == from.size()) return mismatch();
    dims.push_back(shape[static_cast<int>(first + open++)]);
  }
  TERN_ASSIGN_OR_RETURN(const Shape target, Shape::from(dims));
  if (target.elements() != shape.elements()) return mismatch();
  return tensor.reshape(target);
}

bool ClientView::changes_shapes() const {
  const auto changes = [](const auto& all) {
    return std::ranges::any_of(all, [](const auto& change) { return change.has_value(); });
  };
  return changes(inputs) || changes(outputs);
}

Result<ClientView> make_client_view(const Signature& model, const ModelConfig& config) {
  Side inputs("input", model.inputs(), config);
  TERN_TRY(inputs.view(config.inputs, true));
  Side outputs("output", model.outputs(), config);
  TERN_TRY(outputs.view(config.outputs, false));
  return ClientView{.signature = Signature(inputs.seen(), outputs.seen()),
                    .inputs = std::move(inputs.changes()),
                    .outputs = std::move(outputs.changes())};
}

Result<Signature> ensemble_signature(const ModelConfig& config) {
  const auto infos = [&](std::span<const TensorConfig> tensors,
                         std::string_view what) -> Result<std::vector<IoInfo>> {
    std::vector<IoInfo> all;
    for (const TensorConfig& tensor : tensors) {
      if (tensor.dtype == DType::kUndefined) {
        return invalid_argument("{} {} of an ensemble needs a data_type", what, tensor.name);
      }
      if (tensor.reshape) {
        return invalid_argument("{} {} of an ensemble has no reshape", what, tensor.name);
      }
      std::vector<Dim> dims;
      if (config.max_batch_size > 0) dims.emplace_back();
      for (const std::int64_t dim : tensor.dims) dims.push_back(dim < 0 ? Dim() : Dim(dim));
      all.push_back({.name = tensor.name,
                     .type = TypeInfo(tensor.dtype, dims),
                     .text = text_of(tensor.dtype, dims)});
    }
    if (all.empty()) return invalid_argument("an ensemble has no {}", what);
    return all;
  };
  TERN_ASSIGN_OR_RETURN(const std::vector<IoInfo> inputs, infos(config.inputs, "input"));
  TERN_ASSIGN_OR_RETURN(const std::vector<IoInfo> outputs, infos(config.outputs, "output"));
  return Signature(inputs, outputs);
}

}  // namespace tern::serve
