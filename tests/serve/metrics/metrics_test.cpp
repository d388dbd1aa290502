#include "serve/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "serve/metrics/model_metrics.h"

namespace tern::serve {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, AreWrittenInPrometheusText) {
  Metrics metrics;
  metrics.counter("b_total", "Things.", {{"kind", "a\"b"}}).increment(2);
  metrics.gauge("a", "Level.").set(-1.5);
  EXPECT_EQ(metrics.exposition(),
            "# HELP a Level.\n# TYPE a gauge\na -1.5\n"
            "# HELP b_total Things.\n# TYPE b_total counter\nb_total{kind=\"a\\\"b\"} 2\n");
}

TEST(Metrics, HistogramsCountUpToEachBound) {
  Metrics metrics;
  const Histogram h = metrics.histogram("h", "Sizes.", {}, std::array{1.0, 10.0});
  h.observe(0.5);
  h.observe(5);
  h.observe(50);
  EXPECT_EQ(metrics.exposition(),
            "# HELP h Sizes.\n# TYPE h histogram\nh_count 3\nh_sum 55.5\n"
            "h_bucket{le=\"1\"} 1\nh_bucket{le=\"10\"} 2\nh_bucket{le=\"+Inf\"} 3\n");
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  const Counter first = metrics.counter("n", "N.", {{"a", "1"}});
  metrics.counter("n", "N.", {{"a", "2"}}).increment();
  metrics.counter("n", "N.", {{"a", "1"}}).increment();
  EXPECT_EQ(first.value(), 1);
}

TEST(Metrics, SampledValuesAreAskedForEachTime) {
  Metrics metrics;
  double value = 1;
  metrics.sampled_gauge("level", "L.", [&] { return value; });
  metrics.sampled_counter("sum_total", "S.", [&] { return 10 * value; });
  EXPECT_THAT(metrics.exposition(), HasSubstr("\nlevel 1\n"));
  value = 2;
  EXPECT_THAT(metrics.exposition(), HasSubstr("\nlevel 2\n"));
  EXPECT_THAT(metrics.exposition(), HasSubstr("# TYPE sum_total counter\nsum_total 20\n"));
}

TEST(Metrics, HandlesWithoutMetricsCountNothing) {
  Counter().increment();
  Gauge().set(1);
  Histogram().observe(1);
  const ModelMetrics none;
  none.request_began();
  none.request_ended(StatusCode::kInternal, 1ms);
  EXPECT_EQ(Counter().value(), 0);
}

TEST(Metrics, TheProcessIsDescribed) {
  Metrics metrics;
  add_process_metrics(metrics);
  const std::string page = metrics.exposition();
  for (const char* name : {"process_resident_memory_bytes", "process_cpu_seconds_total",
                           "process_open_fds", "process_start_time_seconds"}) {
    EXPECT_THAT(page, HasSubstr(std::string("\n") + name + " "));
    EXPECT_THAT(page, Not(HasSubstr(std::string("\n") + name + " 0\n")));
  }
}

TEST(ModelMetrics, CountUnderTritonsNamesAndOwnOnes) {
  Metrics metrics;
  const ModelMetrics model(metrics, "lenet", "3");
  model.loaded(true, 1500ms);
  model.request_began();
  model.request_began();
  model.request_began();
  model.left_queue(5ms);
  model.left_queue(1ms);
  model.ran(2, 7, 4ms);
  model.decoded(10us);
  model.encoded(20us);
  model.request_ended(StatusCode::kOk, 12ms);
  model.request_ended(StatusCode::kInvalidArgument, 1ms);
  model.waiting(4);
  const std::string page = metrics.exposition();
  const std::string labels = "{model=\"lenet\",version=\"3\"} ";
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"nv_inference_request_success", "1"},
           {"nv_inference_request_failure", "1"},
           {"nv_inference_count", "7"},
           {"nv_inference_exec_count", "1"},
           {"nv_inference_request_duration_us", "12000"},
           {"nv_inference_queue_duration_us", "6000"},
           {"nv_inference_compute_input_duration_us", "10"},
           {"nv_inference_compute_infer_duration_us", "8000"},
           {"nv_inference_compute_output_duration_us", "20"},
           {"nv_inference_pending_request_count", "4"},
           {"tern_requests_in_flight", "1"},
           {"tern_model_ready", "1"},
           {"tern_model_load_seconds", "1.5"},
           {"tern_request_seconds_count", "1"},
           {"tern_queue_seconds_count", "2"},
           {"tern_run_seconds_count", "1"},
           {"tern_batch_rows_sum", "7"}}) {
    EXPECT_THAT(page, HasSubstr("\n" + name + labels + value + "\n"));
  }
  EXPECT_THAT(page, HasSubstr("tern_request_failures_total{code=\"invalid_argument\","
                              "model=\"lenet\",version=\"3\"} 1\n"));
  model.unloaded();
  EXPECT_THAT(metrics.exposition(), HasSubstr("tern_model_ready" + labels + "0\n"));
}

}  // namespace
}  // namespace tern::serve
