#include "inspect/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "base/file.h"
#include "base/html.h"
#include "base/json.h"
#include "base/strings.h"

namespace tern::inspect {
namespace {

struct Column {
  std::string_view title;
  std::string (*text)(const BenchCell& cell);
};

std::string milliseconds(double ms) { return fmt::format("{:.4g}", ms); }

constexpr std::array kColumns{
    Column{"median ms", [](const BenchCell& c) { return milliseconds(c.median_ms); }},
    Column{"p10 ms", [](const BenchCell& c) { return milliseconds(c.p10_ms); }},
    Column{"p90 ms", [](const BenchCell& c) { return milliseconds(c.p90_ms); }},
    Column{"per second", [](const BenchCell& c) { return format_count(c.per_s); }},
    Column{"cores used", [](const BenchCell& c) { return fmt::format("{:.2f}", c.cpu_util); }},
    Column{"peak MB", [](const BenchCell& c) { return fmt::format("{:.0f}", c.peak_rss_mb); }},
    Column{"session ms", [](const BenchCell& c) { return fmt::format("{:.0f}", c.session_ms); }},
};

std::string machine_line(const BenchReport& report) {
  const DoctorReport& m = report.machine;
  return fmt::format("{}, {} cores, {}, {:.0f} GiB; {}; batch {}; {}", m.processor, m.cores,
                     m.active_isa, m.memory_gb, m.version, report.batch, report.date);
}

// Text in a cell of a Markdown table.
std::string in_table(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string label_of(const BenchCell& cell) {
  return fmt::format("{}, {}, {} thread{}", model_title(cell.model), cell.precision, cell.threads,
                     cell.threads == 1 ? "" : "s");
}

// The largest of a model's measurements.
double most_of(const BenchReport& report, const std::string& model, double BenchCell::*member) {
  double most = 0;
  for (const BenchCell& cell : report.cells) {
    if (cell.model == model && cell.error.empty()) most = std::max(most, cell.*member);
  }
  return most;
}

// Horizontal bars, every model to a scale of its own: its largest fills the plot.
std::string bars(const BenchReport& report, std::string_view title, double BenchCell::*member,
                 std::string_view unit) {
  constexpr int kRow = 22, kText = 330, kPlot = 420, kEnd = 130;
  std::string rows;
  int y = 2;
  for (const BenchCell& cell : report.cells) {
    if (!cell.error.empty()) continue;
    const double most = most_of(report, cell.model, member);
    const double width = most > 0 ? cell.*member / most * kPlot : 0;
    rows += fmt::format(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>"
        "<rect class=\"t{}\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>"
        "<text x=\"{:.1f}\" y=\"{}\">{} {}</text>\n",
        kText - 8, y + 15, html_escaped(label_of(cell)), std::min(cell.threads, 3), kText, y + 2,
        width, kRow - 5, kText + width + 6, y + 15, format_count(cell.*member), unit);
    y += kRow;
  }
  return fmt::format(
      "<h2>{}</h2>\n<svg role=\"img\" aria-label=\"{}\" width=\"{}\" height=\"{}\">\n{}</svg>\n",
      html_escaped(title), html_escaped(title), kText + kPlot + kEnd, y + 2, rows);
}

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.2rem; max-width: 70rem; }
table { border-collapse: collapse; } td, th { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #8884; }
td:first-child, th:first-child, td:nth-child(2), th:nth-child(2), td.error { text-align: left; }
svg { display: block; max-width: 100%; } svg text { font-size: 13px; fill: currentColor; }
rect { fill: #2f6fde; } rect.t1 { fill: #2f6fde; } rect.t2 { fill: #16a34a; } rect.t3 { fill: #d97706; }
)css";

Result<double> number(const JsonValue& json, std::string_view name) {
  const JsonValue* value = json.find(name);
  const std::optional<double> found = value == nullptr ? std::nullopt : value->as_number();
  if (!found) return invalid_argument("the measurement has no number {}", name);
  return *found;
}

Result<std::string> text(const JsonValue& json, std::string_view name) {
  const JsonValue* value = json.find(name);
  if (value == nullptr || value->as_string() == nullptr) {
    return invalid_argument("the measurement has no text {}", name);
  }
  return *value->as_string();
}

}  // namespace

Result<BenchCell> parse_bench(std::string_view json) {
  TERN_ASSIGN_OR_RETURN(const JsonValue value, parse_json(json));
  BenchCell cell;
  TERN_ASSIGN_OR_RETURN(cell.model, text(value, "model"));
  TERN_ASSIGN_OR_RETURN(cell.precision, text(value, "precision"));
  TERN_ASSIGN_OR_RETURN(const double threads, number(value, "threads"));
  cell.threads = static_cast<int>(threads);
  constexpr std::pair<std::string_view, double BenchCell::*> kNumbers[] = {
      {"median_ms", &BenchCell::median_ms},   {"p10_ms", &BenchCell::p10_ms},
      {"p90_ms", &BenchCell::p90_ms},         {"per_s", &BenchCell::per_s},
      {"session_ms", &BenchCell::session_ms}, {"peak_rss_mb", &BenchCell::peak_rss_mb},
      {"cpu_util", &BenchCell::cpu_util}};
  for (const auto& [name, member] : kNumbers) {
    TERN_ASSIGN_OR_RETURN(cell.*member, number(value, name));
  }
  return cell;
}

std::string model_title(std::string_view path) {
  const std::string_view file = base_name(path);
  const std::string_view stem = file.substr(0, file.size() - file_extension(path).size());
  const std::string_view folder = base_name(parent_path(path));
  return std::string(stem == "model" && !folder.empty() ? folder : stem);
}

std::string to_markdown(const BenchReport& report) {
  std::string out =
      fmt::format("# Benchmarks\n\n{}\n\n| model | precision | threads |", machine_line(report));
  for (const Column& column : kColumns) out += fmt::format(" {} |", column.title);
  out += "\n|---|---|---|";
  for (std::size_t i = 0; i < kColumns.size(); ++i) out += "---|";
  out += '\n';
  for (const BenchCell& cell : report.cells) {
    out += fmt::format("| {} | {} | {} |", in_table(model_title(cell.model)), cell.precision,
                       cell.threads);
    if (!cell.error.empty()) {
      out += fmt::format(" {} |\n", in_table(cell.error));
      continue;
    }
    for (const Column& column : kColumns) out += fmt::format(" {} |", column.text(cell));
    out += '\n';
  }
  return out;
}

std::string to_html(const BenchReport& report) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<title>Benchmarks</title>\n<style>{}</style>\n</head>\n<body>\n<h1>Benchmarks</h1>\n"
      "<p>{}</p>\n<table>\n<tr><th>model</th><th>precision</th><th>threads</th>",
      kStyle, html_escaped(machine_line(report)));
  for (const Column& column : kColumns) out += fmt::format("<th>{}</th>", column.title);
  out += "</tr>\n";
  for (const BenchCell& cell : report.cells) {
    out +=
        fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>", html_escaped(model_title(cell.model)),
                    html_escaped(cell.precision), cell.threads);
    if (!cell.error.empty()) {
      out += fmt::format("<td class=\"error\" colspan=\"{}\">{}</td></tr>\n", kColumns.size(),
                         html_escaped(cell.error));
      continue;
    }
    for (const Column& column : kColumns) out += fmt::format("<td>{}</td>", column.text(cell));
    out += "</tr>\n";
  }
  out += "</table>\n<p>The bars of a model have a scale of their own.</p>\n";
  out += bars(report, "Throughput", &BenchCell::per_s, "per second");
  out += bars(report, "Latency, median", &BenchCell::median_ms, "ms");
  out += bars(report, "Peak memory", &BenchCell::peak_rss_mb, "MB");
  return out + "</body>\n</html>\n";
}

}  // namespace tern::inspect
