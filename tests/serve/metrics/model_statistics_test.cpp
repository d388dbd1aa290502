#include "serve/metrics/model_statistics.h"

#include <gtest/gtest.h>

#include "serve/metrics/model_metrics.h"

namespace tern::serve {
namespace {

using namespace std::chrono_literals;

void expect_spent(const Spent& spent, std::uint64_t count, std::chrono::nanoseconds elapsed) {
  EXPECT_EQ(spent.count, count);
  EXPECT_EQ(spent.ns, static_cast<std::uint64_t>(elapsed.count()));
}

TEST(ModelStatistics, CountsRequestsAndRuns) {
  Metrics metrics;
  const ModelMetrics model(metrics, "lenet", "3");
  EXPECT_EQ(model.statistics().last_request_ms, 0);
  model.decoded(10us);
  model.left_queue(5ms);
  model.left_queue(1ms);
  model.ran(2, 7, 4ms);
  model.ran(1, 7, 1ms);
  model.ran(1, 1, 3ms);
  model.encoded(20us);
  model.request_ended(StatusCode::kOk, 12ms);
  model.request_ended(StatusCode::kOk, 8ms);
  model.request_ended(StatusCode::kInvalidArgument, 1ms);
  const ModelStatistics::Snapshot all = model.statistics();
  EXPECT_GT(all.last_request_ms, 1'600'000'000'000);
  EXPECT_EQ(all.rows, 15u);
  EXPECT_EQ(all.runs, 3u);
  expect_spent(all.success, 2, 20ms);
  expect_spent(all.failure, 1, 1ms);
  expect_spent(all.queue, 2, 6ms);
  expect_spent(all.input, 1, 10us);
  expect_spent(all.infer, 4, 12ms);  // 4 ms for each of two requests, then 1 and 3
  expect_spent(all.output, 1, 20us);
  ASSERT_EQ(all.runs_of_rows.size(), 2u);
  expect_spent(all.runs_of_rows.at(7), 2, 5ms);
  expect_spent(all.runs_of_rows.at(1), 1, 3ms);
}

TEST(ModelStatistics, ALoadBeginsAnew) {
  Metrics metrics;
  ModelMetrics(metrics, "lenet", "3").ran(1, 1, 1ms);
  EXPECT_EQ(ModelMetrics(metrics, "lenet", "3").statistics().runs, 0u);
  EXPECT_EQ(ModelMetrics().statistics().runs, 0u);
}

}  // namespace
}  // namespace tern::serve
