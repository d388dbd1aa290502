// Measures a model: latency, throughput, memory, and time per node.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspect/compare.h"
#include "inspect/random_input.h"
#include "tern/session.h"

namespace tern::inspect {

struct BenchOptions {
  std::string model;
  int threads = 1;
  std::int64_t batch = 1;  // rows of the recorded or random inputs are repeated
  double seconds = 4;
  int warmup = 3;         // runs that are not counted
  std::string data;       // a data set folder; empty: test_data_set_0 beside the model
  ShapeOverrides shapes;  // of random inputs
  bool profile = false;
  SessionOptions session;  // threads are taken from above
};

struct BenchResult {
  std::string model;
  int threads = 0;
  std::int64_t batch = 0;
  std::string precision = "f32";  // what the session computed in; "int8" of a quantised model
  std::string isa;
  double median_ms = 0;
  double p10_ms = 0;
  double p90_ms = 0;
  double min_ms = 0;
  double cpu_ms = 0;                   // processor time of a run, all threads, mean of the runs
  double per_s = 0;                    // rows of the batch per second at the median
  double session_ms = 0;               // loading the file included
  double session_cpu_ms = 0;           // processor time of the same
  double peak_rss_mb = 0;              // of the whole process, in 2^20 bytes
  double cpu_util = 0;                 // processor seconds per second of wall time
  std::optional<double> max_abs_err;   // against output_0 of the data set, when there is one
  std::optional<Agreement> agreement;  // with the same, when it is of floats
  std::int64_t runs = 0;
  std::vector<StepProfile> profile;  // per step, the least time of the profiled runs
};

Result<BenchResult> bench(const BenchOptions& options);

/// One JSON object on one line.
std::string to_json(const BenchResult& result);

}  // namespace tern::inspect
