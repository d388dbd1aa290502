#include <algorithm>

#include "base/errors.h"
#include "base/random.h"
#include "train/data/row_copy.h"

namespace tern {
namespace {

constexpr int kMaxThreads = 1024;
constexpr std::size_t kMaxQueue = std::size_t{1} << 20;

Status check(const Dataset& dataset, const DataLoaderOptions& options) {
  if (dataset.fields().empty()) return invalid_argument("a loader needs a dataset with fields");
  if (options.batch < 1) return invalid_argument("batch {} is not above 0", options.batch);
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return invalid_argument("{} threads; 1 to {} are possible", options.threads, kMaxThreads);
  }
  if (options.queue < 1 || options.queue > kMaxQueue) {
    return invalid_argument("queue {}; 1 to {} is possible", options.queue, kMaxQueue);
  }
  for (const DataField& field : dataset.fields()) {
    const Result<Shape> shape = with_rows(options.batch, field.shape);
    if (!shape.ok()) return shape.status().with_context(field.name);
    if (!rows_are_whole_bytes(field.dtype, field.shape.elements())) {
      return unimplemented("field {}: rows of {} {} are no whole bytes", field.name,
                           field.shape.elements(), to_string(field.dtype));
    }
  }
  return {};
}

/// Calls f(row, tensors) with the tensors of every row of the batch, each a slice of the batch's.
template <class F>
Status for_each_row(Batch& batch, F&& f) {
  std::vector<Tensor> row(batch.tensors.size());
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const auto begin = static_cast<std::int64_t>(i);
    for (std::size_t k = 0; k < row.size(); ++k) {
      TERN_ASSIGN_OR_RETURN(row[k], batch.tensors[k].slice(begin, begin + 1));
    }
    Status done = f(batch.rows[i], std::span<Tensor>(row));
    if (!done.ok()) return std::move(done).with_context(fmt::format("row {}", batch.rows[i]));
  }
  return {};
}

Result<Batch> read_batch(const Dataset& dataset, std::vector<std::int64_t> rows) {
  Batch batch{.rows = std::move(rows)};
  for (const DataField& field : dataset.fields()) {
    TERN_ASSIGN_OR_RETURN(const Shape shape,
                          with_rows(static_cast<std::int64_t>(batch.rows.size()), field.shape));
    TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::uninitialized(field.dtype, shape));
    batch.tensors.push_back(std::move(tensor));
  }
  TERN_TRY(for_each_row(
      batch, [&](std::int64_t row, std::span<Tensor> out) { return dataset.read(row, out); }));
  return batch;
}

/// The row numbers of one batch after the other.
class Order {
 public:
  Order(std::int64_t size, const DataLoaderOptions& options, std::int64_t epoch,
        std::int64_t first_batch, std::int64_t batches)
      : size_(size), batch_(options.batch), next_(first_batch), end_(batches) {
    if (options.shuffle) {
      shuffled_ = shuffled_indices(size, options.seed, static_cast<std::uint64_t>(epoch));
    }
  }

  Result<std::optional<std::vector<std::int64_t>>> operator()() {
    if (next_ >= end_) return std::optional<std::vector<std::int64_t>>();
    const std::int64_t begin = next_++ * batch_;
    std::vector<std::int64_t> rows;
    for (std::int64_t i = begin; i < size_ && i - begin < batch_; ++i) {
      rows.push_back(shuffled_.empty() ? i : shuffled_[static_cast<std::size_t>(i)]);
    }
    return std::optional(std::move(rows));
  }

 private:
  std::vector<std::int64_t> shuffled_;
  std::int64_t size_;
  std::int64_t batch_;
  std::int64_t next_;
  std::int64_t end_;
};

}  // namespace

struct DataLoader::Impl {
  Dataset dataset;
  DataLoaderOptions options;
  std::optional<Pipeline<Batch>> epoch;
};

DataLoader::DataLoader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DataLoader::~DataLoader() = default;
DataLoader::DataLoader(DataLoader&&) noexcept = default;
DataLoader& DataLoader::operator=(DataLoader&&) noexcept = default;

Result<DataLoader> DataLoader::create(Dataset dataset, DataLoaderOptions options) {
  TERN_TRY(check(dataset, options));
  auto impl = std::make_unique<Impl>();
  impl->dataset = std::move(dataset);
  impl->options = std::move(options);
  return DataLoader(std::move(impl));
}

const Dataset& DataLoader::dataset() const { return impl_->dataset; }
const DataLoaderOptions& DataLoader::options() const { return impl_->options; }

std::int64_t DataLoader::batches() const {
  const std::int64_t size = impl_->dataset.size();
  const std::int64_t batch = impl_->options.batch;
  return size / batch + (size % batch != 0 && !impl_->options.drop_last ? 1 : 0);
}

Status DataLoader::start_epoch(std::int64_t epoch, std::int64_t first_batch) {
  if (epoch < 0) return invalid_argument("epoch {} is below 0", epoch);
  if (first_batch < 0 || first_batch > batches()) {
    return out_of_range("batch {} of {} batches", first_batch, batches());
  }
  const DataLoaderOptions& options = impl_->options;
  impl_->epoch.reset();
  // The queue in front of next() is the last stage's; the ones before it hold what is in work.
  const bool transforms = static_cast<bool>(options.transform);
  auto pipe = pipeline<std::vector<std::int64_t>>(
                  "order", Order(impl_->dataset.size(), options, epoch, first_batch, batches()))
                  .then("read",
                        [dataset = impl_->dataset](std::vector<std::int64_t> rows) {
                          return read_batch(dataset, std::move(rows));
                        },
                        {.threads = options.threads, .queue = transforms ? 1 : options.queue});
  if (transforms) {
    pipe = std::move(pipe).then(
        "transform",
        [transform = options.transform, seed = options.seed, epoch](Batch batch) -> Result<Batch> {
          TERN_TRY(for_each_row(batch, [&](std::int64_t row, std::span<Tensor> tensors) {
            return transform({.seed = seed, .epoch = epoch, .row = row}, tensors);
          }));
          return batch;
        },
        {.threads = options.threads, .queue = options.queue});
  }
  impl_->epoch.emplace(std::move(pipe));
  impl_->epoch->start();
  return {};
}

Result<std::optional<Batch>> DataLoader::next() {
  if (!impl_->epoch) return failed_precondition("the loader has no epoch yet: start_epoch()");
  return impl_->epoch->next();
}

PipelineStats DataLoader::stats() const {
  return impl_->epoch ? impl_->epoch->stats() : PipelineStats();
}

}  // namespace tern
