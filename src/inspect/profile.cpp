#include "inspect/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/json.h"

namespace tern::inspect {
namespace {

struct Sum {
  double ns = 0;
  double flops = 0;
  double bytes = 0;
  int nodes = 0;
};

/// Never 0, so that rates can be taken.
double nanoseconds(const StepProfile& step) {
  return static_cast<double>(std::max<std::int64_t>(1, step.nanoseconds));
}

std::string by_node(std::span<const StepProfile> all, std::size_t most, double total) {
  std::vector<const StepProfile*> steps;
  for (const StepProfile& step : all) steps.push_back(&step);
  std::ranges::stable_sort(steps, std::greater<>(), &StepProfile::nanoseconds);
  if (steps.size() > most) steps.resize(most);
  std::string text = fmt::format("{:>9} {:>6} {:>8} {:>8}  {:<18} {:<20} {}\n", "ms", "share",
                                 "GFLOP/s", "GB/s", "op", "kernel", "node and shapes");
  for (const StepProfile* step : steps) {
    const double ns = nanoseconds(*step);
    text += fmt::format("{:>9.4f} {:>5.1f}% {:>8.1f} {:>8.1f}  {:<18} {:<20} {} {}\n", ns * 1e-6,
                        100 * ns / total, step->flops / ns, step->bytes / ns, step->op,
                        step->kernel, step->node, step->shapes);
  }
  return text;
}

std::string by_operator(std::span<const StepProfile> steps, double total) {
  std::map<std::string, Sum> sums;
  for (const StepProfile& step : steps) {
    Sum& sum = sums[step.op];
    sum.ns += nanoseconds(step);
    sum.flops += step.flops;
    sum.bytes += step.bytes;
    ++sum.nodes;
  }
  std::vector<std::pair<std::string, Sum>> ops(sums.begin(), sums.end());
  std::ranges::stable_sort(ops,
                           [](const auto& a, const auto& b) { return a.second.ns > b.second.ns; });
  std::string text = fmt::format("{:>9} {:>6} {:>8} {:>8} {:>6}  {}\n", "ms", "share", "GFLOP/s",
                                 "GB/s", "nodes", "op");
  for (const auto& [op, sum] : ops) {
    text +=
        fmt::format("{:>9.4f} {:>5.1f}% {:>8.1f} {:>8.1f} {:>6}  {}\n", sum.ns * 1e-6,
                    100 * sum.ns / total, sum.flops / sum.ns, sum.bytes / sum.ns, sum.nodes, op);
  }
  return text;
}

}  // namespace

std::string profile_table(std::span<const StepProfile> steps, std::size_t most_nodes) {
  if (steps.empty()) return "nothing was profiled\n";
  double total = 0;
  for (const StepProfile& step : steps) total += nanoseconds(step);
  return by_node(steps, most_nodes, total) + "\n" + by_operator(steps, total);
}

std::string to_trace(std::span<const StepProfile> steps, std::string_view model) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("displayTimeUnit", "ns");
  json.key("traceEvents");
  json.begin_array();
  // The name of the process is what viewers write over its line.
  json.begin_object();
  json.field("name", "process_name");
  json.field("ph", "M");
  json.field("pid", 1);
  json.field("tid", 1);
  json.key("args");
  json.begin_object();
  json.field("name", model);
  json.end_object();
  json.end_object();
  std::int64_t begin_ns = 0;
  for (const StepProfile& step : steps) {
    json.begin_object();
    json.field("name", std::string_view(step.node.empty() ? step.op : step.node));
    json.field("cat", std::string_view(step.op));
    json.field("ph", "X");
    json.field("ts", static_cast<double>(begin_ns) * 1e-3);
    json.field("dur", static_cast<double>(step.nanoseconds) * 1e-3);
    json.field("pid", 1);
    json.field("tid", 1);
    json.key("args");
    json.begin_object();
    json.field("op", std::string_view(step.op));
    json.field("kernel", std::string_view(step.kernel));
    json.field("shapes", std::string_view(step.shapes));
    json.field("gflop_per_s", step.flops / nanoseconds(step));
    json.field("gb_per_s", step.bytes / nanoseconds(step));
    json.end_object();
    json.end_object();
    begin_ns += step.nanoseconds;
  }
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace tern::inspect
