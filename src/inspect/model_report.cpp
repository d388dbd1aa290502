#include "inspect/model_report.h"

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "import/onnx/model_view.h"
#include "inspect/graph_picture.h"
#include "inspect/random_input.h"
#include "tern/model.h"

namespace tern::inspect {
namespace {

// What weights are: floats, and integers of few bits, which stand for numbers of a quantised model.
bool is_weight_type(DType dtype) {
  return is_floating(dtype) || dtype == DType::kI8 || dtype == DType::kU8 || is_sub_byte(dtype);
}

void count_parameters(const Graph& graph, ModelReport& report) {
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const ValueData& value = graph.value(static_cast<ValueId>(i));
    const bool is_weight = value.kind == ValueKind::kVariable ||
                           (value.kind == ValueKind::kConstant && value.tensor.rank() > 0);
    if (!is_weight || !value.tensor.defined() || !is_weight_type(value.tensor.dtype())) continue;
    report.parameters += value.tensor.elements();
    report.parameter_bytes += value.tensor.bytes();
  }
}

// Some metadata are whole documents; the page and the JSON have all of them.
std::string shortened(const std::string& text) {
  constexpr std::size_t kShown = 160;
  if (text.size() <= kShown) return text;
  std::size_t cut = kShown;  // not inside a character
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
  return fmt::format("{}... ({} bytes)", std::string_view(text).substr(0, cut), text.size());
}

void count_ops(const Graph& graph, ModelReport& report) {
  std::map<std::string, int> counts;
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const Node& node = graph.node(static_cast<NodeId>(i));
    if (!node.removed) ++counts[qualified_name(node.op)];
  }
  for (const auto& [op, count] : counts) report.ops.push_back({op, count});
  std::ranges::stable_sort(report.ops, std::greater<>(), &OpCount::count);
}

bool has_open_size(const IoInfo& input) { return !input.type.concrete(); }

/// What only the file says: the versions that the importer upgrades from.
Status read_versions(const std::string& path, ModelReport& report) {
  if (file_extension(path) == ".tgraph") return {};
  TERN_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  TERN_ASSIGN_OR_RETURN(const onnx::ModelView model, onnx::parse_model(file.bytes()));
  report.ir_version = model.ir_version;
  for (const auto& [domain, version] : model.opsets) report.opsets.emplace_back(domain, version);
  return {};
}

Status plan_steps(Session& session, const ShapeOverrides& shapes, const SessionOptions& options,
                  ModelReport& report, ModelGraphs* graphs) {
  TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, random_inputs(session, shapes, 1));
  TERN_ASSIGN_OR_RETURN(report.steps, session.plan(inputs));
  for (const StepProfile& step : report.steps) report.flops += step.flops;
  if (graphs == nullptr) return {};
  TERN_ASSIGN_OR_RETURN(graphs->arena, runtime::arena_map(graphs->file, options, inputs));
  return {};
}

}  // namespace

Result<ModelReport> inspect_model(const std::string& path,
                                  const std::vector<std::pair<std::string, Shape>>& shapes,
                                  const SessionOptions& options, ModelGraphs* graphs) {
  TERN_ASSIGN_OR_RETURN(Graph graph, load_model(path));
  ModelReport report{.path = path, .name = graph.name};
  if (Status status = read_versions(path, report); !status.ok()) {
    return std::move(status).with_context(path);
  }
  if (graphs != nullptr) graphs->file = graph;
  report.metadata.assign(graph.metadata.begin(), graph.metadata.end());
  count_parameters(graph, report);
  count_ops(graph, report);
  Result<Session> session = Session::create(std::move(graph), options);
  if (!session.ok()) return session.status().with_context(path);
  report.inputs.assign(session->inputs().begin(), session->inputs().end());
  report.outputs.assign(session->outputs().begin(), session->outputs().end());

  ShapeOverrides overrides;
  for (const auto& [name, shape] : shapes) overrides[name] = {shape.begin(), shape.end()};
  const bool all_given = std::ranges::all_of(report.inputs, [&](const IoInfo& input) {
    return !has_open_size(input) || overrides.contains(input.name);
  });
  if (graphs != nullptr) graphs->running = session->graph();
  const Status planned = plan_steps(*session, overrides, options, report, graphs);
  if (!planned.ok()) {
    // 1 for what is open is a guess, and no reason to keep the rest of the report back.
    if (all_given || !shapes.empty()) return Status(planned).with_context(path);
    report.unplanned = planned.message();
  }
  report.memory = session->memory();
  return report;
}

std::string opset_text(const ModelReport& report) {
  std::string text;
  for (const auto& [domain, version] : report.opsets) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", domain, version);
  }
  return text;
}

std::string to_text(const ModelReport& report, bool with_steps) {
  std::string text = fmt::format("{}  {}\n", report.path, report.name);
  if (!report.opsets.empty()) text += fmt::format("  opset        {}\n", opset_text(report));
  for (const auto& [key, value] : report.metadata) {
    text += fmt::format("  {:<12} {}\n", key, shortened(value));
  }
  for (const IoInfo& input : report.inputs) {
    text += fmt::format("  input        {:<24} {}\n", input.name, input.text);
  }
  for (const IoInfo& output : report.outputs) {
    text += fmt::format("  output       {:<24} {}\n", output.name, output.text);
  }
  text +=
      fmt::format("  parameters   {} ({})\n", format_count(static_cast<double>(report.parameters)),
                  format_bytes(report.parameter_bytes));
  if (!report.steps.empty()) {
    text += fmt::format("  work         {} floating point operations in {} steps\n",
                        format_count(report.flops), report.steps.size());
  }
  if (!report.unplanned.empty()) {
    text +=
        fmt::format("  work         not known for open sizes of 1, give others with --shape: {}\n",
                    report.unplanned);
  }
  text += fmt::format("  weights held {} as they are, {} packed from the file\n",
                      format_bytes(report.memory.constants), format_bytes(report.memory.packed));
  text += "  operators   ";
  for (const OpCount& op : report.ops) text += fmt::format(" {} x{}", op.op, op.count);
  text += '\n';
  if (!with_steps) return text;
  text += fmt::format("\n{:>4}  {:<20} {:<20} {:>9}  {}\n", "step", "op", "kernel", "MFLOP",
                      "shapes and node");
  for (std::size_t i = 0; i < report.steps.size(); ++i) {
    const StepProfile& step = report.steps[i];
    text += fmt::format("{:>4}  {:<20} {:<20} {:>9.3f}  {}  {}\n", i, step.op, step.kernel,
                        step.flops * 1e-6, step.shapes, step.node);
  }
  return text;
}

std::string to_json(const ModelReport& report) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("path", report.path);
  json.field("name", report.name);
  if (report.ir_version > 0) json.field("ir_version", report.ir_version);
  json.key("opsets");
  json.begin_object();
  for (const auto& [domain, version] : report.opsets) json.field(domain, version);
  json.end_object();
  json.key("metadata");
  json.begin_object();
  for (const auto& [key, value] : report.metadata) json.field(key, value);
  json.end_object();
  const auto write_io = [&json](std::string_view key, const std::vector<IoInfo>& infos) {
    json.key(key);
    json.begin_array();
    for (const IoInfo& info : infos) {
      json.begin_object();
      json.field("name", info.name);
      json.field("type", info.text);
      json.end_object();
    }
    json.end_array();
  };
  write_io("inputs", report.inputs);
  write_io("outputs", report.outputs);
  json.field("parameters", report.parameters);
  json.field("parameter_bytes", report.parameter_bytes);
  json.field("flops", report.flops);
  json.key("operators");
  json.begin_object();
  for (const OpCount& op : report.ops) json.field(op.op, op.count);
  json.end_object();
  if (!report.unplanned.empty()) json.field("unplanned", report.unplanned);
  json.key("steps");
  json.begin_array();
  for (const StepProfile& step : report.steps) {
    json.begin_object();
    json.field("node", step.node);
    json.field("op", step.op);
    json.field("kernel", step.kernel);
    json.field("shapes", step.shapes);
    json.field("flops", step.flops);
    json.field("bytes", step.bytes);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

std::string to_dot(const Graph& graph) {
  std::string text = "digraph model {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (const ValueId id : graph.inputs()) {
    text += fmt::format("  v{} [label={}, shape=ellipse];\n", static_cast<unsigned>(id),
                        json_quoted(graph.value(id).name));
  }
  const auto source_of = [&graph](ValueId id) {
    const NodeId producer = graph.value(id).producer;
    return producer == kNoNode ? fmt::format("v{}", static_cast<unsigned>(id))
                               : fmt::format("n{}", static_cast<unsigned>(producer));
  };
  const auto is_drawn = [&graph](ValueId id) {
    return id != kNoValue && (graph.value(id).kind == ValueKind::kInput ||
                              graph.value(id).kind == ValueKind::kResult);
  };
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    text += fmt::format("  n{} [label={}];\n", static_cast<unsigned>(id),
                        json_quoted(fmt::format("{}\n{}", qualified_name(node.op), node.name)));
    for (const ValueId input : node.inputs) {
      if (!is_drawn(input)) continue;
      text += fmt::format("  {} -> n{} [label={}];\n", source_of(input), static_cast<unsigned>(id),
                          json_quoted(graph.value(input).name));
    }
  }
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    const ValueId id = graph.outputs()[i];
    text +=
        fmt::format("  out{} [label={}, shape=ellipse];\n", i, json_quoted(graph.value(id).name));
    if (is_drawn(id)) text += fmt::format("  {} -> out{};\n", source_of(id), i);
  }
  return text + "}\n";
}

}  // namespace tern::inspect
