#include "inspect/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

#include "base/html.h"
#include "base/json.h"
#include "base/strings.h"
#include "graph/op_def.h"
#include "graph/text_literal_writer.h"
#include "inspect/graph_picture.h"
#include "inspect/html_assets.h"
#include "runtime/input_check.h"
#include "tern/version.h"

namespace tern::inspect {
namespace {

// Elements of a tensor that is an attribute.
constexpr std::int64_t kShownElements = 16;

struct View {
  std::string title;
  const Graph* graph = nullptr;
  RegionId region = kMainRegion;
  bool running = false;
};

/// The steps of a plan by the nodes they run, where names and operators tell.
class StepsByNode {
 public:
  explicit StepsByNode(std::span<const StepProfile> steps) {
    for (const StepProfile& step : steps) steps_[{step.node, step.op}].push_back(&step);
  }
  const StepProfile* take(const Node& node) {
    const auto found = steps_.find({node.name, std::string(node.op.name())});
    if (found == steps_.end() || found->second.empty()) return nullptr;
    const StepProfile* step = found->second.front();
    found->second.pop_front();
    return step;
  }

 private:
  std::map<std::pair<std::string, std::string>, std::deque<const StepProfile*>> steps_;
};

/// One attribute a line, those that say nothing new left out.
std::string attributes_of(const Op& op) {
  const auto fields = op.def().fields;
  const auto values = op.attribute_values();
  const auto defaults = Op(op.def()).attribute_values();
  std::string text;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (values[i].second.index() == 0) continue;
    std::string value, usual;
    const TextOptions options{.max_elements = kShownElements};
    LiteralWriter(value, options).attribute(fields[i], values[i].second);
    if (defaults[i].second.index() == values[i].second.index()) {
      LiteralWriter(usual, options).attribute(fields[i], defaults[i].second);
    }
    if (value == usual && !fields[i].required) continue;
    text += fmt::format("{}{} = {}", text.empty() ? "" : "\n", fields[i].name, value);
  }
  return text;
}

std::string_view kind_of(ValueKind kind) {
  if (kind == ValueKind::kConstant) return "constant";
  if (kind == ValueKind::kVariable) return "variable";
  return kind == ValueKind::kInput ? "input" : "";
}

void write_values(JsonWriter& json, std::string_view key, const Graph& graph,
                  std::span<const ValueId> ids) {
  json.key(key);
  json.begin_array();
  for (const ValueId id : ids) {
    json.begin_array();
    json.value(id == kNoValue ? "" : std::string_view(graph.value(id).name));
    json.value(id == kNoValue ? "_" : runtime::describe_type(graph, graph.value(id).type));
    json.value(id == kNoValue ? "" : kind_of(graph.value(id).kind));
    json.end_array();
  }
  json.end_array();
}

void write_node(JsonWriter& json, const Graph& graph, NodeId id, const StepProfile* step) {
  const Node& node = graph.node(id);
  json.begin_object();
  json.field("id", static_cast<std::uint32_t>(id));
  json.field("name", std::string_view(node.name));
  json.field("op", std::string_view(qualified_name(node.op)));
  json.field("attributes", std::string_view(attributes_of(node.op)));
  write_values(json, "inputs", graph, node.inputs);
  write_values(json, "outputs", graph, node.outputs);
  if (step != nullptr) {
    json.field("kernel", std::string_view(step->kernel));
    json.field("shapes", std::string_view(step->shapes));
    json.field("flops", step->flops);
    json.field("bytes", step->bytes);
  }
  json.end_object();
}

/// The main region, then the bodies of control flow.
void add_views(const Graph& graph, std::string_view title, bool running, std::vector<View>& views) {
  views.push_back({std::string(title), &graph, kMainRegion, running});
  for (std::size_t i = 1; i < graph.region_count(); ++i) {
    const auto region = static_cast<RegionId>(i);
    const NodeId owner = graph.region(region).owner;
    if (owner == kNoNode || graph.node(owner).removed) continue;
    const Node& node = graph.node(owner);
    const auto which = std::ranges::find(node.regions, region) - node.regions.begin();
    views.push_back({fmt::format("{}: body {} of {} {}", title, which, node.op.name(), node.name),
                     &graph, region, false});
  }
}

std::string write_data(std::span<const View> views, const ModelReport& report) {
  StepsByNode steps(report.steps);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("views");
  json.begin_array();
  for (const View& view : views) {
    json.begin_object();
    json.field("title", std::string_view(view.title));
    json.field("running", view.running);
    json.key("nodes");
    json.begin_array();
    for (const NodeId id : view.graph->region(view.region).nodes) {
      write_node(json, *view.graph, id, view.running ? steps.take(view.graph->node(id)) : nullptr);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  // "</script>" and "<!--" in a name would end or change the element.
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) c == '<' ? safe += "\\u003c" : safe += c;
  return safe;
}

void add_fact(std::string& html, std::string_view title, std::string_view text) {
  if (text.empty()) return;
  html += fmt::format("<tr><th scope=\"row\">{}</th><td><div>{}</div></td></tr>\n",
                      html_escaped(title), html_escaped(text));
}

std::string facts(const ModelReport& report, const ModelGraphs& graphs) {
  std::string html = "<table class=\"facts\">\n";
  add_fact(html, "file", report.path);
  add_fact(html, "opset", opset_text(report));
  if (report.ir_version > 0) add_fact(html, "IR version", std::to_string(report.ir_version));
  for (const IoInfo& input : report.inputs) {
    add_fact(html, "input", fmt::format("{}: {}", input.name, input.text));
  }
  for (const IoInfo& output : report.outputs) {
    add_fact(html, "output", fmt::format("{}: {}", output.name, output.text));
  }
  add_fact(html, "parameters",
           fmt::format("{} ({})", format_count(static_cast<double>(report.parameters)),
                       format_bytes(report.parameter_bytes)));
  if (report.unplanned.empty()) {
    add_fact(html, "work",
             fmt::format("{} floating point operations in {} steps", format_count(report.flops),
                         report.steps.size()));
    add_fact(html, "memory",
             fmt::format("{} weights as they are, {} packed, {} for results of a run",
                         format_bytes(report.memory.constants), format_bytes(report.memory.packed),
                         format_bytes(graphs.arena.arena_bytes)));
  } else {
    add_fact(html, "work",
             "not known for open sizes of 1, give others with --shape: " + report.unplanned);
  }
  std::string ops;
  for (const OpCount& op : report.ops) ops += fmt::format("{} x{}  ", op.op, op.count);
  add_fact(html, "operators", ops);
  for (const auto& [key, value] : report.metadata) add_fact(html, key, value);
  return html + "</table>\n";
}

/// Steps across, addresses down.
std::string arena_picture(const runtime::ArenaMap& arena) {
  if (arena.buffers.empty() || arena.arena_bytes == 0) return {};
  const std::int32_t steps = std::max(1, arena.steps);
  std::string html = fmt::format(
      "<details><summary><h2>Memory plan</h2> {} for {} results over {} steps{}</summary>\n"
      "<svg class=\"arena\" viewBox=\"0 0 {} 1000\" preserveAspectRatio=\"none\" role=\"img\">\n",
      format_bytes(arena.arena_bytes), arena.buffers.size(), steps,
      arena.complete ? "" : ", up to where sizes depend on data", steps);
  constexpr std::size_t kHues = 11;
  const double scale = 1000 / static_cast<double>(arena.arena_bytes);
  for (std::size_t i = 0; i < arena.buffers.size(); ++i) {
    const runtime::ArenaBuffer& buffer = arena.buffers[i];
    html += fmt::format(
        "<rect x=\"{}\" y=\"{:.2f}\" width=\"{}\" height=\"{:.2f}\" style=\"fill:hsl({} 55% 55%)\">"
        "<title>{}: {} at {}, steps {} to {}</title></rect>\n",
        buffer.first, static_cast<double>(buffer.offset) * scale, buffer.last - buffer.first + 1,
        static_cast<double>(buffer.bytes) * scale, i * 7 % kHues * 360 / kHues,
        html_escaped(buffer.values), format_bytes(buffer.bytes), buffer.offset, buffer.first,
        buffer.last);
  }
  return html + "</svg></details>\n";
}

}  // namespace

std::string to_html(const ModelReport& report, const ModelGraphs& graphs) {
  std::vector<View> views;
  const bool planned = report.unplanned.empty();
  add_views(graphs.running, "as it runs", planned, views);
  add_views(graphs.file, "as in the file", false, views);
  const std::string title = html_escaped(report.name.empty() ? report.path : report.name);
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title>"
      "<style>{1}</style></head><body>\n<h1>{0}</h1>\n",
      title, kHtmlStyle);
  html += facts(report, graphs);
  html += arena_picture(graphs.arena);
  html +=
      "<div class=\"bar\"><h2>Graph</h2> <select id=\"choice\" aria-label=\"graph\"></select>"
      "<input type=\"search\" id=\"search\" placeholder=\"search operators, names, kernels, "
      "shapes\" aria-label=\"search\"><span id=\"count\"></span><span>"
      "<button id=\"in\" title=\"larger\">+</button> <button id=\"out\" title=\"smaller\">&minus;"
      "</button> <button id=\"top\">top</button> <button id=\"whole\">whole</button></span></div>\n"
      "<div class=\"look\"><div class=\"views\" id=\"views\">\n";
  for (std::size_t i = 0; i < views.size(); ++i) {
    html += fmt::format("<div class=\"view\" id=\"view{}\"{}>{}</div>\n", i,
                        i == 0 ? "" : " hidden", to_svg(*views[i].graph, views[i].region));
  }
  html +=
      "</div><aside id=\"panel\" aria-live=\"polite\"></aside></div>\n"
      "<div class=\"bar\"><h2>Nodes</h2></div><div class=\"rows\"><table><thead><tr id=\"head\">"
      "</tr></thead><tbody id=\"body\"></tbody></table></div>\n";
  html += fmt::format("<p><small>tern {}</small></p>\n", version());
  html += "<script id=\"data\" type=\"application/json\">" + write_data(views, report) +
          "</script>\n<script>";
  html += kHtmlScript;
  return html + "</script>\n</body></html>\n";
}

}  // namespace tern::inspect
