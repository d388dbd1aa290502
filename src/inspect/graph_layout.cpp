#include "inspect/graph_layout.h"

#include <algorithm>
#include <numeric>

namespace tern::inspect {
namespace {

constexpr double kMargin = 24;
constexpr double kAcross = 22;    // between neighbours in a layer
constexpr double kDown = 34;      // between layers
constexpr double kBendWidth = 6;  // what an edge takes of a layer that it passes
constexpr int kOrderSweeps = 10;
constexpr int kPlaceSweeps = 40;
constexpr int kLastSweeps = 12;      // which look both ways
constexpr double kStraightness = 6;  // how much more a bend wants to be in line than a box
// Pieces of edges in all; an edge that would need more goes straight to its end.
constexpr std::size_t kMaxBends = 60'000;

/// Boxes, and behind them the places where edges pass a layer.
class Layers {
 public:
  explicit Layers(GraphLayout& layout) : layout_(layout), boxes_(layout.boxes.size()) {}

  void run() {
    choose_layers();
    cut_edges();
    order();
    place_across();
    place_down();
    draw();
  }

 private:
  bool goes_down(const EdgeToPlace& edge) const { return edge.from < edge.to; }
  bool is_bend(std::size_t item) const { return item >= boxes_; }

  // The longest way from the top; what nothing leads to stands just above its first reader.
  void choose_layers() {
    layer_.assign(boxes_, 0);
    std::vector<std::vector<std::size_t>> readers(boxes_);
    std::vector<bool> has_source(boxes_, false);
    for (const EdgeToPlace& edge : layout_.edges) {
      if (!goes_down(edge)) continue;
      readers[edge.from].push_back(edge.to);
      has_source[edge.to] = true;
    }
    for (std::size_t i = 0; i < boxes_; ++i) {
      for (const std::size_t reader : readers[i]) {
        layer_[reader] = std::max(layer_[reader], layer_[i] + 1);
      }
    }
    for (std::size_t i = 0; i < boxes_; ++i) {
      if (has_source[i] || readers[i].empty()) continue;
      std::size_t first = layer_[readers[i][0]];
      for (const std::size_t reader : readers[i]) first = std::min(first, layer_[reader]);
      layer_[i] = first - 1;
    }
    const std::size_t count = boxes_ == 0 ? 0 : 1 + *std::max_element(layer_.begin(), layer_.end());
    rows_.resize(count);
    for (std::size_t i = 0; i < boxes_; ++i) rows_[layer_[i]].push_back(i);
  }

  // All edges of one box share their way down: bends_of_[box] has one bend per layer passed.
  void cut_edges() {
    std::vector<std::size_t> deepest(layer_);
    for (const EdgeToPlace& edge : layout_.edges) {
      if (goes_down(edge)) deepest[edge.from] = std::max(deepest[edge.from], layer_[edge.to]);
    }
    above_.resize(boxes_);
    below_.resize(boxes_);
    bends_of_.resize(boxes_);
    std::size_t bends = 0;
    for (std::size_t i = 0; i < boxes_; ++i) {
      if (deepest[i] <= layer_[i] + 1) continue;
      const std::size_t needed = deepest[i] - layer_[i] - 1;
      if (bends + needed > kMaxBends) continue;
      bends += needed;
      std::size_t previous = i;
      for (std::size_t layer = layer_[i] + 1; layer < deepest[i]; ++layer) {
        const std::size_t bend = layer_.size();
        layer_.push_back(layer);
        above_.emplace_back();
        below_.emplace_back();
        rows_[layer].push_back(bend);
        bends_of_[i].push_back(bend);
        connect(previous, bend);
        previous = bend;
      }
    }
    for (const EdgeToPlace& edge : layout_.edges) {
      if (!goes_down(edge)) continue;
      const std::size_t passed = layer_[edge.to] - layer_[edge.from] - 1;
      if (passed == 0) {
        connect(edge.from, edge.to);
      } else if (!bends_of_[edge.from].empty()) {
        connect(bends_of_[edge.from][passed - 1], edge.to);
      }
    }
  }

  void connect(std::size_t upper, std::size_t lower) {
    below_[upper].push_back(lower);
    above_[lower].push_back(upper);
  }

  // Sweeps down and up; an item goes where its neighbours are on the mean.
  void order() {
    index_.resize(layer_.size());
    for (const auto& row : rows_) number(row);
    std::vector<double> wanted(layer_.size());
    for (int sweep = 0; sweep < kOrderSweeps; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (std::size_t k = 0; k < rows_.size(); ++k) {
        auto& row = rows_[down ? k : rows_.size() - 1 - k];
        for (const std::size_t item : row) {
          const auto& neighbours = down ? above_[item] : below_[item];
          double sum = 0;
          for (const std::size_t other : neighbours) sum += index_[other];
          wanted[item] =
              neighbours.empty() ? index_[item] : sum / static_cast<double>(neighbours.size());
        }
        std::stable_sort(row.begin(), row.end(),
                         [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
        number(row);
      }
    }
  }

  void number(const std::vector<std::size_t>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) index_[row[i]] = static_cast<double>(i);
  }

  double width(std::size_t item) const {
    return is_bend(item) ? kBendWidth : layout_.boxes[item].width;
  }

  void place_across() {
    x_.assign(layer_.size(), 0);
    for (auto& row : rows_) {
      double x = 0;
      for (const std::size_t item : row) {
        x_[item] = x + width(item) / 2;
        x += width(item) + kAcross;
      }
      for (const std::size_t item : row) x_[item] -= x / 2;
    }
    for (int sweep = 0; sweep < kPlaceSweeps; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (std::size_t k = 0; k < rows_.size(); ++k) {
        place_row(rows_[down ? k : rows_.size() - 1 - k], down,
                  sweep + kLastSweeps >= kPlaceSweeps);
      }
    }
  }

  // As near as possible (least squares) to where the neighbours are, in order and apart: isotonic
  // regression by pooling adjacent violators.
  void place_row(const std::vector<std::size_t>& row, bool down, bool both) {
    struct Pool {
      double sum = 0;  // weighted
      double weight = 0;
      std::size_t count = 0;
      double mean() const { return sum / weight; }
    };
    std::vector<Pool> pools;
    double offset = 0;
    std::vector<double> offsets(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) offset += (width(row[i - 1]) + width(row[i])) / 2 + kAcross;
      offsets[i] = offset;
      const double weight = is_bend(row[i]) ? kStraightness : 1;
      pools.push_back({(wanted_place(row[i], down, both) - offset) * weight, weight, 1});
      while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
        const Pool last = pools.back();
        pools.pop_back();
        pools.back().sum += last.sum;
        pools.back().weight += last.weight;
        pools.back().count += last.count;
      }
    }
    std::size_t i = 0;
    for (const Pool& pool : pools) {
      for (std::size_t n = 0; n < pool.count; ++n, ++i) x_[row[i]] = pool.mean() + offsets[i];
    }
  }

  double wanted_place(std::size_t item, bool down, bool both) const {
    double sum = 0;
    double weight = 0;
    const auto add = [&](const std::vector<std::size_t>& neighbours) {
      for (const std::size_t other : neighbours) {
        const double w = is_bend(item) && is_bend(other) ? kStraightness : 1;
        sum += w * x_[other];
        weight += w;
      }
    };
    if (down || both) add(above_[item]);
    if (!down || both) add(below_[item]);
    return weight > 0 ? sum / weight : x_[item];
  }

  void place_down() {
    double left = 0;
    double right = 0;
    for (std::size_t i = 0; i < layer_.size(); ++i) {
      left = std::min(left, x_[i] - width(i) / 2);
      right = std::max(right, x_[i] + width(i) / 2);
    }
    for (double& x : x_) x += kMargin - left;
    layout_.width = right - left + 2 * kMargin;
    double y = kMargin;
    for (const auto& row : rows_) {
      double height = 0;
      for (const std::size_t item : row) {
        if (!is_bend(item)) height = std::max(height, layout_.boxes[item].height);
      }
      top_.push_back(y);
      bottom_.push_back(y + height);
      for (const std::size_t item : row) {
        if (!is_bend(item)) layout_.boxes[item].centre = {x_[item], y + height / 2};
      }
      y += height + kDown;
    }
    layout_.height = std::max(2 * kMargin, y - kDown + kMargin);
  }

  void draw() {
    for (EdgeToPlace& edge : layout_.edges) {
      const BoxToPlace& from = layout_.boxes[edge.from];
      const BoxToPlace& to = layout_.boxes[edge.to];
      edge.points = {lower_side(from), {to.centre.x, to.centre.y - to.height / 2}};
      if (!goes_down(edge) || bends_of_[edge.from].empty()) continue;
      const std::size_t passed = layer_[edge.to] - layer_[edge.from] - 1;
      if (passed == 0) continue;
      const std::size_t bend = bends_of_[edge.from][passed - 1];
      edge.points[0] = {x_[bend], bottom_[layer_[bend]]};
    }
    for (std::size_t box = 0; box < boxes_; ++box) {
      if (bends_of_[box].empty()) continue;
      Trunk trunk{.from = box, .points = {lower_side(layout_.boxes[box])}};
      for (const std::size_t bend : bends_of_[box]) {
        trunk.points.push_back({x_[bend], top_[layer_[bend]]});
        trunk.points.push_back({x_[bend], bottom_[layer_[bend]]});
      }
      layout_.trunks.push_back(std::move(trunk));
    }
  }

  static Point lower_side(const BoxToPlace& box) {
    return {box.centre.x, box.centre.y + box.height / 2};
  }

  GraphLayout& layout_;
  const std::size_t boxes_;
  std::vector<std::size_t> layer_;                  // by item
  std::vector<std::vector<std::size_t>> rows_;      // items by layer, from left to right
  std::vector<std::vector<std::size_t>> bends_of_;  // by box
  std::vector<std::vector<std::size_t>> above_;     // neighbours by item
  std::vector<std::vector<std::size_t>> below_;
  std::vector<double> index_;  // by item: position in its row
  std::vector<double> x_;      // by item: centre
  std::vector<double> top_;    // by layer
  std::vector<double> bottom_;
};

}  // namespace

void lay_out(GraphLayout& layout) { Layers(layout).run(); }

}  // namespace tern::inspect
