#include "inspect/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "backend/backend.h"
#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "inspect/case_folder.h"
#include "inspect/compare.h"

namespace tern::inspect {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_rss_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// The first rows repeated until the first axis has `batch` of them. Tensors without an axis stay.
Result<Tensor> repeat_rows(const Tensor& tensor, std::int64_t batch) {
  if (tensor.rank() == 0 || tensor.dim(0) == 0 || tensor.dim(0) == batch) return tensor;
  if (is_sub_byte(tensor.dtype()) || tensor.dtype() == DType::kString) return tensor;
  Shape shape = tensor.shape();
  shape[0] = batch;
  TERN_ASSIGN_OR_RETURN(Tensor out, Tensor::uninitialized(tensor.dtype(), shape));
  const std::size_t row = tensor.bytes() / static_cast<std::size_t>(tensor.dim(0));
  for (std::int64_t r = 0; r < batch; ++r) {
    std::memcpy(static_cast<std::byte*>(out.mutable_raw()) + static_cast<std::size_t>(r) * row,
                static_cast<const std::byte*>(tensor.raw()) +
                    static_cast<std::size_t>(r % tensor.dim(0)) * row,
                row);
  }
  return out;
}

struct BenchData {
  std::vector<Tensor> inputs;
  std::optional<Tensor> expected;  // the first output for the unrepeated inputs
};

Result<BenchData> load_data(const BenchOptions& options, const Session& session) {
  std::string folder = options.data;
  if (folder.empty()) {
    const std::string beside = join_path(parent_path(options.model), "test_data_set_0");
    if (is_directory(beside) && options.shapes.empty()) folder = beside;
  }
  BenchData data;
  if (folder.empty()) {
    TERN_ASSIGN_OR_RETURN(data.inputs, random_inputs(session, options.shapes, /*seed=*/1));
  } else {
    TERN_ASSIGN_OR_RETURN(DataSet set, read_data_set(folder, session.inputs(), session.outputs()));
    data.inputs = std::move(set.inputs);
    if (!set.outputs.empty()) data.expected = set.outputs[0];
  }
  for (std::size_t i = 0; i < data.inputs.size(); ++i) {
    // A model that states its first axis keeps it, unless another batch is asked for: it refuses.
    const TypeInfo& type = session.inputs()[i].type;
    const bool stated = type.has_rank && type.rank() > 0 && type.shape[0].known();
    if (stated && options.batch == 1) continue;
    TERN_ASSIGN_OR_RETURN(data.inputs[i], repeat_rows(data.inputs[i], options.batch));
  }
  return data;
}

// What to compare: the rows that both the output and the recorded one have.
struct CommonRows {
  Tensor got;
  Tensor want;
};

Result<CommonRows> common_rows(const Tensor& got, const Tensor& want) {
  if (got.shape() == want.shape()) return CommonRows{got, want};
  CommonRows common;
  if (got.rank() > 0 && got.rank() == want.rank()) {
    const std::int64_t rows = std::min(got.dim(0), want.dim(0));
    TERN_ASSIGN_OR_RETURN(common.got, got.slice(0, rows));
    TERN_ASSIGN_OR_RETURN(common.want, want.slice(0, rows));
    if (common.got.shape() == common.want.shape()) return common;
  }
  return invalid_argument("output has shape {}, recorded {}", got.shape().to_string(),
                          want.shape().to_string());
}

double quantile(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(position);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  const double part = position - static_cast<double>(low);
  return sorted[low] * (1 - part) + sorted[high] * part;
}

// The least time per step over some runs: what it costs when nothing disturbs it.
Status collect_profile(Session& session, const BenchData& data, double seconds,
                       std::vector<Tensor>& outputs, BenchResult& result) {
  constexpr int kMinRuns = 5;
  std::vector<StepProfile> steps;
  const auto start = Clock::now();
  for (int run = 0; run < kMinRuns || milliseconds_since(start) < seconds * 1000; ++run) {
    steps.clear();
    TERN_TRY(session.run(data.inputs, outputs, {.profile = &steps}));
    if (run == 0) {
      result.profile = steps;
      continue;
    }
    for (std::size_t i = 0; i < steps.size() && i < result.profile.size(); ++i) {
      std::int64_t& least = result.profile[i].nanoseconds;
      least = std::min(least, steps[i].nanoseconds);
    }
  }
  return {};
}

// A quantised model says itself what it is computed in: most of its operations are sums of bytes.
bool computes_in_bytes(std::span<const StepProfile> steps) {
  static constexpr std::array<std::string_view, 7> kOps{
      "ConvInteger",     "IntegerLinear", "MatMulInteger", "NhwcConvInteger",
      "NhwcQLinearConv", "QLinearConv",   "QLinearMatMul"};
  double all = 0;
  double bytes = 0;
  for (const StepProfile& step : steps) {
    all += step.flops;
    if (std::ranges::find(kOps, step.op) != kOps.end()) bytes += step.flops;
  }
  return bytes > all / 2;
}

}  // namespace

Result<BenchResult> bench(const BenchOptions& options) {
  BenchResult result{.model = options.model, .threads = options.threads, .batch = options.batch};
  result.isa = cpu_backend().architecture();
  SessionOptions session_options = options.session;
  session_options.threads = options.threads;

  const auto load_start = Clock::now();
  const double load_cpu = cpu_seconds();
  TERN_ASSIGN_OR_RETURN(Session session, Session::load(options.model, session_options));
  result.precision = to_string(session.precision());
  result.session_ms = milliseconds_since(load_start);
  result.session_cpu_ms = (cpu_seconds() - load_cpu) * 1000;

  TERN_ASSIGN_OR_RETURN(const BenchData data, load_data(options, session));
  std::vector<Tensor> outputs(session.outputs().size());
  TERN_TRY(session.run(data.inputs, outputs));
  if (data.expected && !outputs.empty()) {
    TERN_ASSIGN_OR_RETURN(const CommonRows rows, common_rows(outputs[0], *data.expected));
    result.max_abs_err = max_absolute_error(rows.got, rows.want);
    result.agreement = agreement(rows.got, rows.want);
  }
  TERN_ASSIGN_OR_RETURN(const std::vector<StepProfile> steps, session.plan(data.inputs));
  if (computes_in_bytes(steps)) result.precision = "int8";
  for (int i = 1; i < options.warmup; ++i) TERN_TRY(session.run(data.inputs, outputs));

  std::vector<double> times;
  const auto start = Clock::now();
  const double cpu_start = cpu_seconds();
  do {
    const auto run_start = Clock::now();
    TERN_TRY(session.run(data.inputs, outputs));
    times.push_back(milliseconds_since(run_start));
  } while (milliseconds_since(start) < options.seconds * 1000);
  const double wall = milliseconds_since(start) / 1000;
  const double cpu = cpu_seconds() - cpu_start;
  result.cpu_util = cpu / wall;
  result.cpu_ms = cpu * 1000 / static_cast<double>(times.size());
  result.runs = static_cast<std::int64_t>(times.size());
  std::ranges::sort(times);
  result.min_ms = times.front();
  result.median_ms = quantile(times, 0.5);
  result.p10_ms = quantile(times, 0.1);
  result.p90_ms = quantile(times, 0.9);
  result.per_s = 1000.0 * static_cast<double>(options.batch) / result.median_ms;
  result.peak_rss_mb = peak_rss_mb();
  if (options.profile) TERN_TRY(collect_profile(session, data, options.seconds, outputs, result));
  return result;
}

std::string to_json(const BenchResult& r) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("model", r.model);
  json.field("threads", r.threads);
  json.field("batch", r.batch);
  json.field("precision", r.precision);
  json.field("isa", r.isa);
  json.field("median_ms", r.median_ms);
  json.field("p10_ms", r.p10_ms);
  json.field("p90_ms", r.p90_ms);
  json.field("min_ms", r.min_ms);
  json.field("cpu_ms", r.cpu_ms);
  json.field("runs", r.runs);
  json.field("per_s", r.per_s);
  json.field("session_ms", r.session_ms);
  json.field("session_cpu_ms", r.session_cpu_ms);
  json.field("peak_rss_mb", r.peak_rss_mb);
  json.field("cpu_util", r.cpu_util);
  const auto optional = [&](std::string_view name, std::optional<double> value) {
    json.key(name);
    if (value) {
      json.value(*value);
    } else {
      json.null();
    }
  };
  const auto& a = r.agreement;
  optional("max_abs_err", r.max_abs_err);
  optional("cosine", a ? std::optional(a->cosine) : std::nullopt);
  optional("top1", a ? std::optional(a->same_largest) : std::nullopt);
  json.end_object();
  return text;
}

}  // namespace tern::inspect
