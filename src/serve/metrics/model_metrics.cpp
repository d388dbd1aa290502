#include "serve/metrics/model_metrics.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace tern::serve {
namespace {

constexpr std::array kSecondsBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                    0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
constexpr std::array kRowsBounds{1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0};

double seconds(ModelMetrics::Duration d) { return std::chrono::duration<double>(d).count(); }
double microseconds(ModelMetrics::Duration d) {
  return std::chrono::duration<double, std::micro>(d).count();
}

// "invalid argument" as "invalid_argument".
std::string label_of(StatusCode code) {
  std::string text(to_string(code));
  std::ranges::replace(text, ' ', '_');
  return text;
}

}  // namespace

ModelMetrics::ModelMetrics(Metrics& metrics, const std::string& model, const std::string& version)
    : metrics_(&metrics),
      statistics_(std::make_shared<ModelStatistics>()),
      labels_{{"model", model}, {"version", version}} {
  const auto counter = [&](const char* name, const char* help) {
    return metrics.counter(name, help, labels_);
  };
  const auto gauge = [&](const char* name, const char* help) {
    return metrics.gauge(name, help, labels_);
  };
  const auto histogram = [&](const char* name, const char* help, std::span<const double> bounds) {
    return metrics.histogram(name, help, labels_, bounds);
  };
  success_ = counter("nv_inference_request_success", "Requests answered with a result.");
  failure_ = counter("nv_inference_request_failure", "Requests answered with an error.");
  rows_ = counter("nv_inference_count", "Rows that were run.");
  runs_ = counter("nv_inference_exec_count", "Runs of the model, a batch being one.");
  request_us_ = counter("nv_inference_request_duration_us",
                        "Time from arrival to answer of successful requests, in microseconds.");
  queue_us_ =
      counter("nv_inference_queue_duration_us", "Time that requests waited, in microseconds.");
  input_us_ = counter("nv_inference_compute_input_duration_us",
                      "Time spent reading inputs, in microseconds.");
  run_us_ = counter("nv_inference_compute_infer_duration_us",
                    "Time that requests spent in runs, in microseconds.");
  output_us_ = counter("nv_inference_compute_output_duration_us",
                       "Time spent writing outputs, in microseconds.");
  pending_ = gauge("nv_inference_pending_request_count", "Requests that wait for a run.");
  in_flight_ = gauge("tern_requests_in_flight", "Requests that are not answered yet.");
  ready_ = gauge("tern_model_ready", "1 when the model serves requests, else 0.");
  load_seconds_ = gauge("tern_model_load_seconds", "Time that the last load took.");
  request_seconds_ =
      histogram("tern_request_seconds", "Time from arrival to answer of successful requests.",
                kSecondsBounds);
  queue_seconds_ = histogram("tern_queue_seconds", "Time that requests waited.", kSecondsBounds);
  run_seconds_ = histogram("tern_run_seconds", "Time that runs took.", kSecondsBounds);
  batch_rows_ = histogram("tern_batch_rows", "Rows of a run.", kRowsBounds);
}

void ModelMetrics::request_ended(StatusCode code, Duration elapsed) const {
  in_flight_.add(-1);
  if (statistics_ != nullptr) statistics_->request_ended(code == StatusCode::kOk, elapsed);
  if (code == StatusCode::kOk) {
    success_.increment();
    request_us_.increment(microseconds(elapsed));
    request_seconds_.observe(seconds(elapsed));
    return;
  }
  failure_.increment();
  if (metrics_ == nullptr) return;
  Labels labels = labels_;
  labels["code"] = label_of(code);
  metrics_
      ->counter("tern_request_failures_total", "Requests answered with an error, by kind.", labels)
      .increment();
}

void ModelMetrics::left_queue(Duration waited) const {
  if (statistics_ != nullptr) statistics_->left_queue(waited);
  queue_us_.increment(microseconds(waited));
  queue_seconds_.observe(seconds(waited));
}

void ModelMetrics::ran(std::size_t requests, std::int64_t rows, Duration elapsed) const {
  if (statistics_ != nullptr) statistics_->ran(requests, rows, elapsed);
  runs_.increment();
  rows_.increment(static_cast<double>(rows));
  run_us_.increment(microseconds(elapsed) * static_cast<double>(requests));
  run_seconds_.observe(seconds(elapsed));
  batch_rows_.observe(static_cast<double>(rows));
}

void ModelMetrics::decoded(Duration elapsed) const {
  if (statistics_ != nullptr) statistics_->decoded(elapsed);
  input_us_.increment(microseconds(elapsed));
}

void ModelMetrics::encoded(Duration elapsed) const {
  if (statistics_ != nullptr) statistics_->encoded(elapsed);
  output_us_.increment(microseconds(elapsed));
}

ModelStatistics::Snapshot ModelMetrics::statistics() const {
  return statistics_ == nullptr ? ModelStatistics::Snapshot() : statistics_->snapshot();
}

void ModelMetrics::loaded(bool ready, Duration load_time) const {
  ready_.set(ready ? 1 : 0);
  load_seconds_.set(seconds(load_time));
}

}  // namespace tern::serve
