#include "passes/fuse_attention.h"

#include <algorithm>
#include <initializer_list>

#include "base/errors.h"
#include "passes/causal_mask.h"
#include "passes/rewrite.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

/// What replaces a score must leave its key without weight.
constexpr double kMaskedScore = -1e4;

/// A score added to this vanishes, in f64 arithmetic too, so that adding it is as good as replacing
/// the score even where every key of a query is masked.
constexpr double kAbsorbingScore = -1e30;

/// f16 has no number of that size.
bool has_absorbing_score(DType dtype) { return dtype != DType::kF16; }

// The operand that a Mul or Div scales, and the factor.
struct Scaled {
  ValueId value = kNoValue;
  double factor = 1;
};

std::optional<Scaled> scaling(const Graph& graph, const Node& node) {
  const bool divides = node.op.is<ops::Div>();
  if (!divides && !node.op.is<ops::Mul>()) return std::nullopt;
  if (const std::optional<double> factor = constant_scalar(graph, node.inputs[1])) {
    if (divides && *factor == 0) return std::nullopt;
    return Scaled{node.inputs[0], divides ? 1 / *factor : *factor};
  }
  const std::optional<double> factor =
      divides ? std::nullopt : constant_scalar(graph, node.inputs[0]);
  return factor ? std::optional(Scaled{node.inputs[1], *factor}) : std::nullopt;
}

// Steps down from scores to what they are made of.
struct Match {
  ValueId q = kNoValue;
  ValueId keys_transposed = kNoValue;
  double scale = 1;
  std::vector<ValueId> added;  // masks
  // Where: scores stay where `condition` is `kept`.
  ValueId condition = kNoValue;
  bool kept = true;
  double fill = 0;
};

class AttentionFuser {
 public:
  explicit AttentionFuser(Graph& graph) : graph_(graph), sizes_(graph), causal_(graph, sizes_) {
    for (const NodeId id : graph.nodes()) sizes_.visit(graph.node(id));
  }

  Result<bool> run() {
    bool changed = false;
    const std::vector<NodeId> order(graph_.nodes().begin(), graph_.nodes().end());
    for (const NodeId id : order) {
      if (graph_.node(id).removed || !graph_.node(id).op.is<ops::MatMul>()) continue;
      Result<bool> fused = fuse(id);
      if (!fused.ok()) return fused.status().with_context(graph_.node(id).name);
      changed = changed || *fused;
    }
    return changed;
  }

 private:
  const TypeInfo& type(ValueId id) const { return graph_.value(id).type; }

  Result<bool> fuse(NodeId id) {
    const Node& product = graph_.node(id);
    const Node* softmax = producer_of(graph_, product.inputs[0]);
    if (softmax == nullptr || only_user(graph_, product.inputs[0]) != id) return false;
    const auto* attributes = softmax->op.as<ops::Softmax>();
    if (attributes == nullptr || (attributes->axis != -1 && attributes->axis != 3)) return false;
    Match match;
    if (!match_scores(softmax->inputs[0], graph_.value(product.inputs[0]).producer, match)) {
      return false;
    }
    strip_scale(match.q, match.scale);
    const Node* transpose = strip_key(match);
    const ValueId v = product.inputs[1];
    if (transpose == nullptr || !sizes_fit(match, v)) return false;

    ops::Attention attention{.scale = static_cast<float>(match.scale)};
    const Dim queries = type(match.q).shape[2], keys = type(v).shape[2];
    if (match.condition != kNoValue) {
      attention.is_causal = causal_.is_causal(match.condition, queries, keys, match.kept);
      const bool can_be_added =
          has_absorbing_score(type(v).dtype) && fits_scores(match.condition, match, v);
      if (!attention.is_causal && !can_be_added) return false;
    }
    for (const ValueId mask : match.added) {
      if (type(mask).dtype != type(match.q).dtype || !fits_scores(mask, match, v)) return false;
    }
    if (!has_keys(match, attention.is_causal, keys)) return false;

    const RegionId region = product.parent;
    const ValueId result = product.outputs[0];
    TERN_ASSIGN_OR_RETURN(const ValueId k, untransposed(*transpose, region));
    std::vector<ValueId> inputs{match.q, k, v};
    TERN_ASSIGN_OR_RETURN(const ValueId mask, mask_of(match, attention.is_causal, region));
    if (mask != kNoValue) inputs.push_back(mask);
    TERN_TRY(replace_expression(graph_, result, attention, inputs));
    return true;
  }

  // Scores used by `user` alone, made of a product of two values.
  bool match_scores(ValueId id, NodeId user, Match& match) {
    const NodeId maker = graph_.value(id).producer;
    if (maker == kNoNode || only_user(graph_, id) != user) return false;
    const Node& node = graph_.node(maker);
    if (node.op.is<ops::MatMul>()) {
      match.q = node.inputs[0];
      match.keys_transposed = node.inputs[1];
      return true;
    }
    if (const std::optional<Scaled> scaled = scaling(graph_, node)) {
      // A mask under the scale would be scaled too.
      const std::size_t masks = match.added.size();
      const ValueId condition = match.condition;
      if (!match_scores(scaled->value, maker, match)) return false;
      match.scale *= scaled->factor;
      return match.added.size() == masks && match.condition == condition;
    }
    if (node.op.is<ops::Add>()) return match_sum(node, maker, match);
    return node.op.is<ops::Where>() && match_where(node, maker, match);
  }

  bool match_sum(const Node& node, NodeId id, Match& match) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      Match under = match;
      under.added.push_back(node.inputs[1 - side]);
      if (!match_scores(node.inputs[side], id, under)) continue;
      match = std::move(under);
      return true;
    }
    return false;
  }

  bool match_where(const Node& node, NodeId id, Match& match) {
    if (match.condition != kNoValue) return false;
    for (const bool kept : {true, false}) {
      const std::optional<double> fill = constant_scalar(graph_, node.inputs[kept ? 2 : 1]);
      if (!fill || !(*fill <= kMaskedScore)) continue;
      Match under = match;
      under.condition = node.inputs[0];
      under.kept = kept;
      under.fill = *fill;
      if (!match_scores(node.inputs[kept ? 1 : 2], id, under)) continue;
      match = std::move(under);
      return true;
    }
    return false;
  }

  // A scale that only this value has goes into the attention's.
  void strip_scale(ValueId& id, double& scale) {
    const Node* node = producer_of(graph_, id);
    if (node == nullptr || only_user(graph_, id) == kNoNode) return;
    const std::optional<Scaled> scaled = scaling(graph_, *node);
    if (!scaled || type(scaled->value).rank() != type(id).rank()) return;
    scale *= scaled->factor;
    id = scaled->value;
  }

  // The transpose that makes the keys' columns, without scales.
  const Node* strip_key(Match& match) {
    strip_scale(match.keys_transposed, match.scale);
    const Node* node = producer_of(graph_, match.keys_transposed);
    if (node == nullptr) return nullptr;
    const auto* transpose = node->op.as<ops::Transpose>();
    return transpose != nullptr && transpose->perm.size() == 4 ? node : nullptr;
  }

  bool sizes_fit(const Match& match, ValueId v) const {
    const TypeInfo& q = type(match.q);
    const TypeInfo& k = type(match.keys_transposed);
    const TypeInfo& values = type(v);
    for (const TypeInfo* each : {&q, &k, &values}) {
      if (!each->has_rank || each->rank() != 4 || each->dtype != q.dtype) return false;
    }
    if (!is_floating(q.dtype)) return false;
    for (const std::size_t axis : {std::size_t{0}, std::size_t{1}}) {
      if (!same(q.shape[axis], k.shape[axis]) || !same(q.shape[axis], values.shape[axis])) {
        return false;
      }
    }
    return same(q.shape[3], k.shape[2]) && same(k.shape[3], values.shape[2]);
  }

  // Broadcasts to [N, heads, queries, keys] and nothing larger.
  bool fits_scores(ValueId mask, const Match& match, ValueId v) const {
    const TypeInfo& q = type(match.q);
    const Dim full[] = {q.shape[0], q.shape[1], q.shape[2], type(v).shape[2]};
    const TypeInfo& own = type(mask);
    if (!own.has_rank || own.rank() > 4) return false;
    for (int i = 1; i <= own.rank(); ++i) {
      const Dim& dim = own.shape[static_cast<std::size_t>(own.rank() - i)];
      if (dim.value() != 1 && !same(dim, full[4 - i])) return false;
    }
    return true;
  }

  // An attention's mask says how many keys there are: one of those here must have them all.
  bool has_keys(const Match& match, bool causal, const Dim& keys) const {
    const auto has = [&](ValueId id) {
      return type(id).rank() > 0 && same(type(id).shape.back(), keys);
    };
    std::vector<ValueId> masks = match.added;
    if (match.condition != kNoValue && !causal) masks.push_back(match.condition);
    return masks.empty() || std::ranges::any_of(masks, has);
  }

  Result<ValueId> add(Op op, std::initializer_list<ValueId> inputs, RegionId region) {
    TERN_ASSIGN_OR_RETURN(
        const NodeId node,
        graph_.add_node(std::move(op), {inputs.begin(), inputs.size()}, 1, "", {}, region));
    return graph_.node(node).outputs[0];
  }

  // The keys as rows: the transpose with its last two axes exchanged, or nothing if that is none.
  Result<ValueId> untransposed(const Node& transpose, RegionId region) {
    std::vector<std::int64_t> perm = transpose.op.as<ops::Transpose>()->perm;
    std::swap(perm[2], perm[3]);
    const ValueId source = transpose.inputs[0];
    if (perm == std::vector<std::int64_t>{0, 1, 2, 3}) return source;
    return add(ops::Transpose{.perm = std::move(perm)}, {source}, region);
  }

  Result<ValueId> mask_of(const Match& match, bool causal, RegionId region) {
    ValueId mask = kNoValue;
    for (const ValueId added : match.added) {
      if (mask == kNoValue) {
        mask = added;
      } else {
        TERN_ASSIGN_OR_RETURN(mask, add(ops::Add{}, {mask, added}, region));
      }
    }
    if (match.condition == kNoValue || causal) return mask;
    const DType dtype = type(match.q).dtype;
    TERN_ASSIGN_OR_RETURN(const ValueId fill,
                          scalar_constant(graph_, dtype, std::min(match.fill, kAbsorbingScore)));
    if (mask == kNoValue) {
      TERN_ASSIGN_OR_RETURN(mask, scalar_constant(graph_, dtype, 0));
    }
    return match.kept ? add(ops::Where{}, {match.condition, mask, fill}, region)
                      : add(ops::Where{}, {match.condition, fill, mask}, region);
  }

  Graph& graph_;
  SizeValues sizes_;
  CausalMasks causal_;
};

}  // namespace

Result<bool> fuse_attention(Graph& graph, const PassContext&) {
  return AttentionFuser(graph).run();
}

}  // namespace tern::passes
