#include "passes/fold_sizes.h"

#include <algorithm>
#include <map>

#include "base/checked_math.h"
#include "base/errors.h"
#include "graph/op_def.h"
#include "graph/verify.h"
#include "passes/rewrite.h"
#include "passes/size_bounds.h"
#include "passes/size_values.h"
#include "tensor/element.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

// ----------------------------------------------------------------------------------------- types

// The size that -1 stands for in a reshape of `from` to `to`: what is left when equal sizes on both
// sides cancel out.
Dim remaining_size(std::span<const Dim> from, std::span<const Size> to) {
  std::map<SymbolId, int> symbols;
  std::int64_t above = 1, below = 1;
  for (const Dim& dim : from) {
    if (dim.known()) {
      const auto product = checked_mul(above, dim.value());
      if (!product) return {};
      above = *product;
    } else if (dim.symbol() != SymbolId::kAnonymous) {
      ++symbols[dim.symbol()];
    } else {
      return {};
    }
  }
  for (const Size& size : to) {
    if (size.number == -1) continue;
    if (size.number) {
      const auto product = checked_mul(below, *size.number);
      if (!product || *product <= 0) return {};
      below = *product;
    } else if (size.named()) {
      --symbols[size.symbol];
    } else {
      return {};
    }
  }
  std::erase_if(symbols, [](const auto& entry) { return entry.second == 0; });
  if (symbols.empty()) return above % below == 0 ? Dim(above / below) : Dim();
  const auto& [symbol, count] = *symbols.begin();
  return symbols.size() == 1 && count == 1 && above == below ? Dim(symbol) : Dim();
}

std::vector<Dim> reshaped(const TypeInfo& from, Sizes to, bool allow_zero) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const bool copies = to[i].number == 0 && !allow_zero && i < from.shape.size();
    if (copies) to[i] = Size::of(from.shape[i]);
  }
  std::vector<Dim> dims;
  for (const Size& size : to) {
    dims.push_back(size.number == -1 ? remaining_size(from.shape, to) : size.dim());
  }
  return dims;
}

std::vector<Dim> expanded(const TypeInfo& from, const Sizes& to) {
  const std::size_t rank = std::max(from.shape.size(), to.size());
  std::vector<Dim> dims;
  for (std::size_t i = 0; i < rank; ++i) {
    const Dim own =
        i + from.shape.size() < rank ? Dim(1) : from.shape[i + from.shape.size() - rank];
    const Size wanted = i + to.size() < rank ? Size::of(1) : to[i + to.size() - rank];
    if (own.value() == 1) {
      dims.push_back(wanted.dim());
    } else if (wanted.number == 1 || own.known() || same(own, wanted.dim())) {
      dims.push_back(own);
    } else {
      dims.push_back(wanted.number ? wanted.dim() : Dim());
    }
  }
  return dims;
}

// Range(0, n, 1) has n elements.
std::vector<Dim> counted(const SizeValues& values, const Node& node) {
  const std::optional<Sizes> start = values.of(node.inputs[0]);
  const std::optional<Sizes> limit = values.of(node.inputs[1]);
  const std::optional<Sizes> delta = values.of(node.inputs[2]);
  const bool counts = start && limit && delta && (*start)[0].number == 0 && (*delta)[0].number == 1;
  return {counts ? (*limit)[0].dim() : Dim()};
}

// The shape of the node's output as its size operand says it, where inference asks for a constant.
std::optional<std::vector<Dim>> shape_from_sizes(const Graph& graph, const SizeValues& values,
                                                 const Node& node) {
  const TypeInfo& input = graph.value(node.inputs[0]).type;
  if (node.op.is<ops::Range>()) return counted(values, node);
  if (node.op.is<ops::ConstantOfShape>()) {
    const std::optional<Sizes> sizes = values.of(node.inputs[0]);
    if (!sizes) return std::nullopt;
    std::vector<Dim> dims;
    for (const Size& size : *sizes) dims.push_back(size.dim());
    return dims;
  }
  const auto* reshape = node.op.as<ops::Reshape>();
  if ((reshape == nullptr && !node.op.is<ops::Expand>()) || !input.has_rank) return std::nullopt;
  const std::optional<Sizes> sizes = values.of(node.inputs[1]);
  if (!sizes) return std::nullopt;
  return reshape != nullptr ? reshaped(input, *sizes, reshape->allowzero) : expanded(input, *sizes);
}

// `old` with what `found` knows beyond it.
TypeInfo refined(const TypeInfo& old, const TypeInfo& found) {
  if (contradict(old, found)) return old;
  TypeInfo type = old;
  if (type.dtype == DType::kUndefined) type.dtype = found.dtype;
  if (type.element == nullptr) type.element = found.element;
  if (!found.has_rank) return type;
  if (!type.has_rank) {
    type.has_rank = true;
    type.shape = found.shape;
    return type;
  }
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    Dim& dim = type.shape[i];
    if (dim.known()) continue;
    const bool better = found.shape[i].known() || dim.symbol() == SymbolId::kAnonymous;
    if (better) dim = found.shape[i];
  }
  return type;
}

bool equal(const TypeInfo& a, const TypeInfo& b) {
  return a.dtype == b.dtype && a.has_rank == b.has_rank && a.element == b.element &&
         std::ranges::equal(a.shape, b.shape, [](const Dim& x, const Dim& y) {
           return x.value() == y.value() && x.symbol() == y.symbol();
         });
}

class SizeFolder {
 public:
  explicit SizeFolder(Graph& graph) : graph_(graph), values_(graph), bounds_(graph, values_) {}

  Result<bool> run() {
    const std::vector<NodeId> order(graph_.nodes().begin(), graph_.nodes().end());
    for (const NodeId id : order) {
      if (graph_.node(id).removed || !graph_.node(id).regions.empty()) continue;
      refine_types(graph_.node(id));
      values_.visit(graph_.node(id));
      bounds_.visit(graph_.node(id));
      Status status = fold(id);
      if (status.ok() && !graph_.node(id).removed) status = settle_target(id);
      if (!status.ok()) return std::move(status).with_context(graph_.node(id).name);
    }
    return changed_;
  }

 private:
  void refine_types(const Node& node) {
    InferContext c;
    c.wanted_outputs = node.outputs.size();
    for (const ValueId input : node.inputs) {
      if (input != kNoValue && graph_.value(input).type.dtype == DType::kUndefined) return;
      c.in.push_back(input == kNoValue ? TypeInfo() : graph_.value(input).type);
      c.in_constant.push_back(graph_.constant(input));
    }
    // Sizes that cannot be are reported where a run meets them.
    if (!infer_types(node.op, c).ok()) return;
    if (!node.inputs.empty() && node.inputs[0] != kNoValue && node.outputs.size() == 1) {
      if (auto dims = shape_from_sizes(graph_, values_, node)) {
        c.out[0] = refined(c.out[0], TypeInfo(c.out[0].dtype, std::move(*dims)));
      }
    }
    if (std::vector<Dim> dims = bounds_.met_by(node); !dims.empty()) {
      c.out[0] = refined(c.out[0], TypeInfo(c.out[0].dtype, std::move(dims)));
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      const TypeInfo& old = graph_.value(node.outputs[i]).type;
      TypeInfo type = refined(old, c.out[i]);
      if (equal(old, type)) continue;
      graph_.set_type(node.outputs[i], std::move(type));
      changed_ = true;
    }
  }

  // A result that is all numbers becomes a constant.
  Status fold(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.outputs.size() != 1 || node.outputs[0] == kNoValue) return {};
    const ValueId output = node.outputs[0];
    if (graph_.is_root_use(output)) return {};
    const std::optional<Sizes> sizes = values_.of(output);
    if (!sizes ||
        !std::ranges::all_of(*sizes, [](const Size& s) { return s.number.has_value(); })) {
      return {};
    }
    const TypeInfo& type = graph_.value(output).type;
    const Shape shape =
        type.rank() == 0 ? Shape() : Shape{static_cast<std::int64_t>(sizes->size())};
    if (shape.elements() != static_cast<std::int64_t>(sizes->size())) return {};
    TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::zeros(type.dtype, shape));
    for (std::size_t i = 0; i < sizes->size(); ++i) {
      store_i64(type.dtype)(tensor.mutable_raw(), static_cast<std::int64_t>(i),
                            *(*sizes)[i].number);
    }
    const std::vector<ValueId> under = node.inputs;
    graph_.replace_uses(
        output, graph_.add_constant(std::move(tensor), graph_.value(output).name + ".size"));
    graph_.remove_node(id);
    remove_unused(graph_, under);
    changed_ = true;
    return {};
  }

  Status settle_target(NodeId id) {
    const Node& node = graph_.node(id);
    const auto* reshape = node.op.as<ops::Reshape>();
    const bool expands = node.op.is<ops::Expand>();
    if ((!expands && (reshape == nullptr || reshape->allowzero)) ||
        graph_.constant(node.inputs[1]) != nullptr) {
      return {};
    }
    const TypeInfo& input = graph_.value(node.inputs[0]).type;
    const std::optional<Sizes> sizes = values_.of(node.inputs[1]);
    if (!sizes || !input.has_rank) return {};
    const auto target = expands ? expand_target(input, *sizes) : reshape_target(input, *sizes);
    if (!target) return {};
    const ValueId old = node.inputs[1];
    const ValueId constant =
        graph_.add_constant(Tensor::vector<std::int64_t>(std::span<const std::int64_t>(*target)),
                            graph_.value(old).name + ".target");
    graph_.set_input(id, 1, constant);
    remove_unused(graph_, std::array{old});
    changed_ = true;
    return {};
  }

  // 0 copies the input's size, and one size may be left to be found out.
  static std::optional<std::vector<std::int64_t>> reshape_target(const TypeInfo& input,
                                                                 const Sizes& sizes) {
    std::vector<std::int64_t> target;
    int open = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const bool copies =
          sizes[i].named() && i < input.shape.size() && same(sizes[i].dim(), input.shape[i]);
      target.push_back(sizes[i].number ? *sizes[i].number : copies ? 0 : -1);
      open += target.back() == -1;
    }
    return open <= 1 ? std::optional(std::move(target)) : std::nullopt;
  }

  // 1 keeps the input's size.
  static std::optional<std::vector<std::int64_t>> expand_target(const TypeInfo& input,
                                                                const Sizes& sizes) {
    std::vector<std::int64_t> target;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const std::size_t from_end = sizes.size() - i;
      const bool keeps = sizes[i].named() && from_end <= input.shape.size() &&
                         same(sizes[i].dim(), input.shape[input.shape.size() - from_end]);
      if (!sizes[i].number && !keeps) return std::nullopt;
      target.push_back(keeps ? 1 : *sizes[i].number);
    }
    return target;
  }

  Graph& graph_;
  SizeValues values_;
  SizeBounds bounds_;
  bool changed_ = false;
};

}  // namespace

Result<bool> fold_sizes(Graph& graph, const PassContext&) { return SizeFolder(graph).run(); }

}  // namespace tern::passes
