#include "serve/metrics/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace tern::serve {
namespace {

struct Sampled {
  prometheus::MetricType type;
  std::string name;
  std::string help;
  std::function<double()> sample;
};

prometheus::MetricFamily family_of(const Sampled& sampled) {
  prometheus::ClientMetric metric;
  const double value = sampled.sample();
  if (sampled.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {sampled.name, sampled.help, sampled.type, {std::move(metric)}};
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  mutable Mutex mu;
  std::vector<Sampled> sampled TERN_GUARDED_BY(mu);
};

void Counter::increment(double by) const {
  if (counter_ != nullptr) counter_->Increment(by);
}

double Counter::value() const { return counter_ != nullptr ? counter_->Value() : 0; }

void Gauge::set(double value) const {
  if (gauge_ != nullptr) gauge_->Set(value);
}

void Gauge::add(double by) const {
  if (gauge_ != nullptr) gauge_->Increment(by);
}

double Gauge::value() const { return gauge_ != nullptr ? gauge_->Value() : 0; }

void Histogram::observe(double value) const {
  if (histogram_ != nullptr) histogram_->Observe(value);
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
  return Counter(&family.Add(labels));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
  return Gauge(&family.Add(labels));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels,
                             std::span<const double> bounds) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
  return Histogram(
      &family.Add(labels, prometheus::Histogram::BucketBoundaries(bounds.begin(), bounds.end())));
}

void Metrics::sampled_counter(const std::string& name, const std::string& help,
                              std::function<double()> sample) {
  const MutexLock lock(impl_->mu);
  impl_->sampled.push_back({prometheus::MetricType::Counter, name, help, std::move(sample)});
}

void Metrics::sampled_gauge(const std::string& name, const std::string& help,
                            std::function<double()> sample) {
  const MutexLock lock(impl_->mu);
  impl_->sampled.push_back({prometheus::MetricType::Gauge, name, help, std::move(sample)});
}

std::string Metrics::exposition() const {
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  {
    const MutexLock lock(impl_->mu);
    for (const Sampled& sampled : impl_->sampled) families.push_back(family_of(sampled));
  }
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace tern::serve
