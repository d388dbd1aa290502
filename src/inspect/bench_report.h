// Many measurements side by side, for choosing a model and a machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inspect/doctor.h"
#include "tern/status.h"

namespace tern::inspect {

/// One measurement, as `tern bench --json` prints it, or why there is none.
struct BenchCell {
  std::string model;
  int threads = 0;
  std::string precision;
  double median_ms = 0;
  double p10_ms = 0;
  double p90_ms = 0;
  double per_s = 0;
  double session_ms = 0;
  double peak_rss_mb = 0;
  double cpu_util = 0;
  std::string error;
};

/// Reads to_json(BenchResult). kInvalidArgument when a number is missing.
Result<BenchCell> parse_bench(std::string_view json);

struct BenchReport {
  DoctorReport machine;
  std::string date;  ///< as it is to be shown
  std::int64_t batch = 1;
  std::vector<BenchCell> cells;
};

/// A title for every model: its file's name, or for files called model.onnx that of the folder.
std::string model_title(std::string_view path);

std::string to_markdown(const BenchReport& report);
/// One page that fetches nothing, with a bar per measurement for throughput and for memory.
std::string to_html(const BenchReport& report);

}  // namespace tern::inspect
