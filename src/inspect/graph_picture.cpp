#include "inspect/graph_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <unordered_map>

#include "base/html.h"
#include "graph/body_graph.h"
#include "inspect/graph_layout.h"
#include "runtime/input_check.h"

namespace tern::inspect {
namespace {

constexpr double kLetter = 7.2;  // of 13 px monospace, rounded up
constexpr double kSmallLetter = 6.1;
constexpr double kNodeHeight = 40;
constexpr double kEndHeight = 26;
constexpr std::size_t kMostLetters = 34;

struct Group {
  std::string_view css;
  std::string_view words;  // of operators' names, in spaces
};

// By what an operator's name contains; the first that fits.
constexpr std::array kGroups{
    Group{"flow", " If Loop Scan SequenceMap "},
    Group{"grad", " Grad Update "},
    Group{"quant", " Quant QLinear Integer NBits "},
    Group{"norm", " Normalization Softmax LRN "},
    Group{"weights", " Conv MatMul Gemm Linear Attention LSTM GRU RNN Einsum SwiGLU "},
    Group{"pool", " Pool Reduce ArgMax ArgMin TopK Resize "},
    Group{"active", " Relu elu LU Sigmoid Tanh Swish Softplus Clip Mish Erf "},
    Group{"move",
          " Reshape Transpose Concat Slice Split Gather Scatter Squeeze Flatten Expand Pad Tile "
          "Shape Cast Identity Constant "},
};

std::string_view css_of(std::string_view op) {
  for (const Group& group : kGroups) {
    std::string_view words = group.words.substr(1);
    while (!words.empty()) {
      const std::size_t end = words.find(' ');
      if (op.find(words.substr(0, end)) != std::string_view::npos) return group.css;
      words.remove_prefix(end + 1);
    }
  }
  return "other";
}

/// At most kMostLetters bytes, not cut inside of a letter.
std::string shortened(std::string_view text) {
  if (text.size() <= kMostLetters) return std::string(text);
  std::size_t keep = kMostLetters - 2;
  while (keep > 0 && (static_cast<unsigned char>(text[keep]) & 0xC0U) == 0x80U) --keep;
  return std::string(text.substr(0, keep)) + "..";
}

class Picture {
 public:
  Picture(const Graph& graph, RegionId region) : graph_(graph), region_(graph.region(region)) {}

  std::string draw() {
    add_boxes();
    lay_out(layout_);
    std::string svg = fmt::format(
        "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "role=\"img\">\n<g class=\"edges\">\n",
        layout_.width, layout_.height);
    for (std::size_t i = 0; i < layout_.edges.size(); ++i) {
      const EdgeToPlace& edge = layout_.edges[i];
      const ValueData& value = graph_.value(carried_[i]);
      svg += path_of(fmt::format("{} {}", labels_[edge.from].node, labels_[edge.to].node),
                     fmt::format("{}: {}", value.name, type_of(carried_[i])), edge.points);
    }
    for (const Trunk& trunk : layout_.trunks) {
      svg += path_of(std::to_string(labels_[trunk.from].node), labels_[trunk.from].title,
                     trunk.points);
    }
    svg += "</g>\n";
    for (std::size_t i = 0; i < layout_.boxes.size(); ++i) svg += box(i);
    return svg + "</svg>\n";
  }

 private:
  struct Label {
    std::string css;
    std::string title;  // what a pointer on it shows
    std::string first;
    std::string second;
    std::int64_t node = -1;
  };

  std::string type_of(ValueId id) const {
    return runtime::describe_type(graph_, graph_.value(id).type);
  }

  std::size_t add(Label label, double height) {
    label.first = shortened(label.first);
    label.second = shortened(label.second);
    const double width = 20 + std::max(kLetter * static_cast<double>(label.first.size()),
                                       kSmallLetter * static_cast<double>(label.second.size()));
    labels_.push_back(std::move(label));
    layout_.boxes.push_back({.width = std::max(56.0, width), .height = height, .centre = {}});
    return labels_.size() - 1;
  }

  std::size_t add_end(ValueId id, std::string_view css) {
    const ValueData& value = graph_.value(id);
    return add({.css = fmt::format("end {}", css),
                .title = fmt::format("{} {}: {}", css, value.name, type_of(id)),
                .first = value.name,
                .second = {}},
               kEndHeight);
  }

  bool flows(ValueId id) const {
    if (id == kNoValue) return false;
    const ValueKind kind = graph_.value(id).kind;
    return kind != ValueKind::kConstant && kind != ValueKind::kVariable;
  }

  void add_boxes() {
    const bool main = &region_ == &graph_.region(kMainRegion);
    for (const ValueId id : main ? graph_.inputs() : std::span<const ValueId>(region_.arguments)) {
      source_[id] = add_end(id, "input");
    }
    // What a body takes from around it stands at its top.
    std::set<ValueId> made(region_.arguments.begin(), region_.arguments.end());
    for (const NodeId id : region_.nodes) {
      made.insert(graph_.node(id).outputs.begin(), graph_.node(id).outputs.end());
    }
    for (const NodeId id : region_.nodes) {
      for (const ValueId input : sources_of(graph_, graph_.node(id))) note_outer(input, made);
    }
    for (const ValueId id : region_.results) note_outer(id, made);

    for (const NodeId id : region_.nodes) add_node(id);
    for (const ValueId id : region_.results) {
      const std::size_t end = add_end(id, "output");
      connect(id, end);
    }
  }

  void note_outer(ValueId id, const std::set<ValueId>& made) {
    if (!flows(id) || made.contains(id) || source_.contains(id)) return;
    source_[id] = add_end(id, "outer");
  }

  void add_node(NodeId id) {
    const Node& node = graph_.node(id);
    std::string title = node.name;
    std::string result;
    for (const ValueId output : node.outputs) {
      if (output == kNoValue) continue;
      if (result.empty()) result = type_of(output);
      title += fmt::format("\n{}: {}", graph_.value(output).name, type_of(output));
    }
    const std::size_t box = add({.css = fmt::format("node {}", css_of(node.op.name())),
                                 .title = std::move(title),
                                 .first = qualified_name(node.op),
                                 .second = std::move(result),
                                 .node = static_cast<std::int64_t>(id)},
                                kNodeHeight);
    std::set<std::size_t> sources;
    for (const ValueId input : sources_of(graph_, node)) {
      const auto source = source_.find(input);
      if (source != source_.end() && sources.insert(source->second).second) connect(input, box);
    }
    for (const ValueId output : node.outputs) {
      if (output != kNoValue) source_[output] = box;
    }
  }

  void connect(ValueId value, std::size_t to) {
    const auto from = source_.find(value);
    if (from == source_.end()) return;  // an output that is a constant
    layout_.edges.push_back({.from = from->second, .to = to, .points = {}});
    carried_.push_back(value);
  }

  // Curves between layers, straight lines through them. `ends` are the nodes that it touches.
  static std::string path_of(std::string_view ends, std::string_view title,
                             std::span<const Point> points) {
    std::string path =
        fmt::format("<path data-e=\"{}\" d=\"M{:.0f} {:.0f}", ends, points[0].x, points[0].y);
    for (std::size_t i = 1; i < points.size(); ++i) {
      const Point& a = points[i - 1];
      const Point& b = points[i];
      if (a.x == b.x) {
        path += fmt::format("V{:.0f}", b.y);
      } else {
        const double middle = (a.y + b.y) / 2;
        path += fmt::format("C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}", a.x, middle, b.x, middle,
                            b.x, b.y);
      }
    }
    return path + fmt::format("\"><title>{}</title></path>\n", html_escaped(title));
  }

  std::string box(std::size_t i) const {
    const Label& label = labels_[i];
    const BoxToPlace& place = layout_.boxes[i];
    const std::string node =
        label.node < 0 ? std::string() : fmt::format(" data-node=\"{}\"", label.node);
    std::string svg = fmt::format(
        "<g class=\"{}\"{} transform=\"translate({:.0f} {:.0f})\"><title>{}</title>"
        "<rect width=\"{:.0f}\" height=\"{:.0f}\" rx=\"{}\"/>",
        label.css, node, place.centre.x - place.width / 2, place.centre.y - place.height / 2,
        html_escaped(label.title), place.width, place.height, label.node < 0 ? 13 : 4);
    svg += fmt::format("<text x=\"{:.0f}\" y=\"17\">{}</text>", place.width / 2,
                       html_escaped(label.first));
    if (!label.second.empty()) {
      svg += fmt::format("<text x=\"{:.0f}\" y=\"32\" class=\"small\">{}</text>", place.width / 2,
                         html_escaped(label.second));
    }
    return svg + "</g>\n";
  }

  const Graph& graph_;
  const Region& region_;
  GraphLayout layout_;
  std::vector<Label> labels_;                        // by box
  std::vector<ValueId> carried_;                     // by edge
  std::unordered_map<ValueId, std::size_t> source_;  // the box that a value comes from
};

}  // namespace

std::string qualified_name(const Op& op) {
  return op.domain() == "ai.onnx" ? std::string(op.name())
                                  : fmt::format("{}.{}", op.domain(), op.name());
}

std::string to_svg(const Graph& graph, RegionId region) { return Picture(graph, region).draw(); }

}  // namespace tern::inspect
