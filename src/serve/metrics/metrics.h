// Metrics: counters, gauges and histograms in Prometheus' text format.
//
//   Metrics metrics;
//   const Counter requests = metrics.counter("requests_total", "Requests.", {{"model", "lenet"}});
//   requests.increment();
//   std::string page = metrics.exposition();
//
// Handles are cheap to copy and valid while the Metrics lives; a handle made without one counts
// nothing. Everything may be used from many threads at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace tern::serve {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  Counter() = default;
  explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
  /// `by` is not negative.
  void increment(double by = 1) const;
  double value() const;

 private:
  prometheus::Counter* counter_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void set(double value) const;
  void add(double by) const;
  double value() const;

 private:
  prometheus::Gauge* gauge_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* histogram_ = nullptr;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The same name and labels give the same metric. Names are those of Prometheus, and a name is
  /// of one kind: anything else ends the program.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// `bounds` are the upper ends of the buckets, ascending.
  Histogram histogram(const std::string& name, const std::string& help, const Labels& labels,
                      std::span<const double> bounds);

  /// Values that are asked for when the page is written. `sample` must stay callable as long as
  /// pages are written.
  void sampled_counter(const std::string& name, const std::string& help,
                       std::function<double()> sample);
  void sampled_gauge(const std::string& name, const std::string& help,
                     std::function<double()> sample);

  /// All metrics in text exposition format 0.0.4, sorted by name.
  std::string exposition() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Memory, processor time, start time and open files of this process, under Prometheus' usual names
/// (process_resident_memory_bytes, ...).
void add_process_metrics(Metrics& metrics);

}  // namespace tern::serve
