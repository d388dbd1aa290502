#include <algorithm>
#include <unordered_map>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/key_index.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/text.h"

namespace tern {
namespace {

constexpr TypeSet kItems = TypeSet(DType::kString) | DType::kI32 | DType::kI64;

/// Where the n-grams of one length stand in the pool.
struct GramRange {
  std::int64_t length = 0;
  std::int64_t first_item = 0;
  std::int64_t first_gram = 0;  // in ngram_indexes
  std::int64_t grams = 0;
};

/// Fails unless the lists of the attributes fit each other.
Result<std::vector<GramRange>> ranges_of(const ops::TfIdfVectorizer& op) {
  if (op.pool_int64s.empty() == op.pool_strings.empty()) {
    return invalid_argument("pool_int64s has {} entries, pool_strings {}; one is needed",
                            op.pool_int64s.size(), op.pool_strings.size());
  }
  const auto items =
      static_cast<std::int64_t>(std::max(op.pool_int64s.size(), op.pool_strings.size()));
  std::vector<GramRange> ranges;
  std::int64_t grams = 0;
  for (std::size_t i = 0; i < op.ngram_counts.size(); ++i) {
    const auto length = static_cast<std::int64_t>(i) + 1;
    const std::int64_t begin = op.ngram_counts[i];
    const std::int64_t end = i + 1 < op.ngram_counts.size() ? op.ngram_counts[i + 1] : items;
    if (begin < 0 || begin > end || end > items || (end - begin) % length != 0) {
      return invalid_argument("{}-grams from item {} to {} of a pool of {}", length, begin, end,
                              items);
    }
    ranges.push_back({length, begin, grams, (end - begin) / length});
    grams += ranges.back().grams;
  }
  if (static_cast<std::int64_t>(op.ngram_indexes.size()) != grams) {
    return invalid_argument("ngram_indexes has {} entries, the pool {} n-grams",
                            op.ngram_indexes.size(), grams);
  }
  if (!op.weights.empty() && op.weights.size() != op.ngram_indexes.size()) {
    return invalid_argument("weights has {} entries, ngram_indexes {}", op.weights.size(),
                            op.ngram_indexes.size());
  }
  return ranges;
}

/// The n-grams of the pool that are counted, as a tree of items: each path from its root that ends
/// at a node with a gram spells that gram.
class GramTree {
 public:
  using NodeId = std::uint32_t;
  static constexpr NodeId kRoot = 0;
  static constexpr std::int64_t kNone = -1;

  GramTree(const ops::TfIdfVectorizer& op, std::span<const GramRange> ranges)
      : pool_(op.pool_strings.empty() ? Tensor::vector<std::int64_t>(std::span(op.pool_int64s))
                                      : Tensor::vector<std::string>(std::span(op.pool_strings))),
        items_(pool_) {
    for (const GramRange& range : ranges) {
      if (range.length < op.min_gram_length || range.length > op.max_gram_length) continue;
      for (std::int64_t g = 0; g < range.grams; ++g) {
        NodeId node = kRoot;
        for (std::int64_t k = 0; k < range.length; ++k) {
          node = add(node, *items_.find(pool_, range.first_item + g * range.length + k));
        }
        // The first of equal grams counts.
        if (grams_[node] == kNone) grams_[node] = range.first_gram + g;
      }
    }
  }

  /// The number by which `step` knows an element; kNone when the pool lacks it.
  std::int64_t item(const Tensor& x, std::int64_t i) const {
    if (x.dtype() == DType::kString) return items_.find(x, i).value_or(kNone);
    return items_.find(IntReader(x)[i]).value_or(kNone);
  }

  /// The node behind `node` by way of an item; kRoot when there is none.
  NodeId step(NodeId node, std::int64_t item) const {
    const auto found = next_.find(key(node, item));
    return found == next_.end() ? kRoot : found->second;
  }

  /// The gram that ends at a node, or kNone.
  std::int64_t gram(NodeId node) const { return grams_[node]; }

 private:
  static std::uint64_t key(NodeId node, std::int64_t item) {
    return static_cast<std::uint64_t>(node) << 32 | static_cast<std::uint32_t>(item);
  }

  NodeId add(NodeId node, std::int64_t item) {
    const auto [entry, is_new] =
        next_.try_emplace(key(node, item), static_cast<NodeId>(grams_.size()));
    if (is_new) grams_.push_back(kNone);
    return entry->second;
  }

  Tensor pool_;
  ops::KeyIndex items_;
  std::unordered_map<std::uint64_t, NodeId> next_;
  std::vector<std::int64_t> grams_{kNone};  // by node
};

struct TfIdfVectorizerImpl {
  static constexpr std::string_view summary = "How often n-grams of a pool occur.";
  static constexpr auto inputs = std::array{Port{"X", kItems}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::TfIdfVectorizer& op, InferContext& c) {
    TERN_TRY(ranges_of(op).status());
    if (op.min_gram_length < 1 || op.max_gram_length < op.min_gram_length) {
      return invalid_argument("n-grams of {} to {} items", op.min_gram_length, op.max_gram_length);
    }
    if (op.max_skip_count < 0) return invalid_argument("max_skip_count is {}", op.max_skip_count);
    if (op.ngram_indexes.empty()) return invalid_argument("ngram_indexes is empty");
    const auto [low, high] = std::ranges::minmax_element(op.ngram_indexes);
    if (*low < 0 || *high >= kMaxColumns) {
      return invalid_argument("ngram_indexes has {}, not 0 to {}", *low < 0 ? *low : *high,
                              kMaxColumns - 1);
    }
    if ((c.in[0].dtype == DType::kString) == op.pool_strings.empty()) {
      return invalid_argument("X is {}, the pool is of {}", to_string(c.in[0].dtype),
                              op.pool_strings.empty() ? "integers" : "strings");
    }
    if (c.in[0].rank() > 2) return invalid_argument("X has rank {}, not 1 or 2", c.in[0].rank());
    std::vector<Dim> shape{Dim(*high + 1)};
    if (c.in[0].rank() == 2) shape.insert(shape.begin(), c.in[0].shape[0]);
    return ops::push_output(c, DType::kF32, std::move(shape));
  }

  static void reference(const ops::TfIdfVectorizer& op, ReferenceContext& c) {
    const auto ranges = ranges_of(op);
    if (!ranges.ok()) return c.fail(ranges.status());
    const GramTree tree(op, *ranges);
    const Tensor& x = c.in(0);
    const std::int64_t rows = x.rank() == 2 ? x.dim(0) : 1;
    const std::int64_t length = x.rank() == 0 ? 1 : x.shape().back();
    const std::int64_t columns = c.out(0).shape().back();
    std::ranges::fill(c.out(0).mutable_span<float>(), 0.0F);
    std::vector<std::int64_t> items(static_cast<std::size_t>(length));
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t i = 0; i < length; ++i) {
        items[static_cast<std::size_t>(i)] = tree.item(x, row * length + i);
      }
      count_row(op, tree, items, c.out(0).mutable_data<float>() + row * columns);
    }
  }

 private:
  static constexpr std::int64_t kMaxColumns = std::int64_t{1} << 31;

  static void count_row(const ops::TfIdfVectorizer& op, const GramTree& tree,
                        std::span<const std::int64_t> items, float* y) {
    const auto length = static_cast<std::int64_t>(items.size());
    // Further apart than the row is long there is nothing to count.
    const std::int64_t furthest = std::min(op.max_skip_count, length) + 1;
    for (std::int64_t distance = 1; distance <= furthest; ++distance) {
      // A single item has nothing between its items, so it counts once.
      const std::int64_t shortest =
          std::max<std::int64_t>(op.min_gram_length, distance > 1 ? 2 : 1);
      if (shortest > op.max_gram_length) break;
      for (std::int64_t start = 0; start < length; ++start) {
        GramTree::NodeId node = GramTree::kRoot;
        std::int64_t size = 0;
        for (std::int64_t at = start; at < length; at += distance) {
          const std::int64_t item = items[static_cast<std::size_t>(at)];
          if (item == GramTree::kNone) break;
          node = tree.step(node, item);
          if (node == GramTree::kRoot) break;
          if (++size >= shortest && tree.gram(node) != GramTree::kNone) {
            count_gram(op, static_cast<std::size_t>(tree.gram(node)), y);
          }
        }
      }
    }
  }

  static void count_gram(const ops::TfIdfVectorizer& op, std::size_t gram, float* y) {
    const float weight = op.weights.empty() ? 1.0F : op.weights[gram];
    float& count = y[op.ngram_indexes[gram]];
    switch (op.mode) {
      case ops::NgramWeighting::kTf: ++count; break;
      case ops::NgramWeighting::kIdf: count = weight; break;
      case ops::NgramWeighting::kTfIdf: count += weight; break;
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::TfIdfVectorizer>() {
  static constexpr OpDef def =
      make_op<ops::TfIdfVectorizer, TfIdfVectorizerImpl>("TfIdfVectorizer", "ai.onnx", 9);
  return def;
}

}  // namespace tern
