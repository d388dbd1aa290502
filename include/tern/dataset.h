// Dataset: rows of tensors that can be read in any order. DataLoader: batches of them, read and
// prepared on threads of their own while the model trains.
//
//   auto digits = tern::Dataset::from_tensors({{"image", images}, {"label", labels}});
//   auto parts = digits->split(0.2, /*seed=*/1);
//   auto loader = tern::DataLoader::create(parts->rest, {.batch = 64, .shuffle = true});
//   tern::Status started = loader->start_epoch(0);
//   while (auto batch = loader->next(); batch.ok() && *batch) train((*batch)->tensors);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/pipeline.h"
#include "tern/shape.h"
#include "tern/status.h"
#include "tern/tensor.h"

namespace tern {

/// One tensor of a row.
struct DataField {
  std::string name;
  DType dtype = DType::kUndefined;
  Shape shape;  ///< of one row; [] for a number
  /// Where the field is the index of a class: the names of the classes, "" where one has no name.
  /// Empty for other fields.
  std::vector<std::string> classes;
};

/// Where rows come from. Every method may be called from several threads at a time.
class DatasetSource {
 public:
  virtual ~DatasetSource() = default;
  virtual std::span<const DataField> fields() const = 0;
  virtual std::int64_t size() const = 0;
  /// Writes the elements of row `row` (0 <= row < size()) into `out`: one tensor per field, with
  /// its dtype and as many elements.
  virtual Status read(std::int64_t row, std::span<Tensor> out) const = 0;
};

struct DatasetSplit;

/// A handle on a source: copies are cheap and share it. All methods may be called from several
/// threads at a time.
class Dataset {
 public:
  /// No fields and no rows.
  Dataset() = default;
  explicit Dataset(std::shared_ptr<const DatasetSource> source) : source_(std::move(source)) {}

  /// Row i has row i of every tensor, which all have the same first axis. The storage is shared,
  /// not copied. kInvalidArgument when the tensors do not fit together or two have one name.
  static Result<Dataset> from_tensors(std::vector<std::pair<std::string, Tensor>> tensors);

  std::span<const DataField> fields() const;
  /// The place of a field in fields() and in the tensors of a row; kNotFound names those there are.
  Result<std::size_t> field_index(std::string_view name) const;
  std::int64_t size() const;

  /// Writes row `row` into `out`, one tensor per field: a defined tensor must have the dtype of the
  /// field and as many elements, an undefined one is allocated. kOutOfRange for a row that is not
  /// there. After a failure the content of `out` is indeterminate.
  Status read(std::int64_t row, std::span<Tensor> out) const;

  /// The rows listed, in that order; a row may come more than once. kOutOfRange when one is not
  /// there.
  Result<Dataset> subset(std::vector<std::int64_t> rows) const;
  /// Two parts without a row in common: `part` has round(fraction * size()) rows drawn at random,
  /// `rest` the others, both in the order of this dataset. The same seed draws the same rows.
  /// kInvalidArgument unless 0 <= fraction <= 1.
  Result<DatasetSplit> split(double fraction, std::uint64_t seed) const;

 private:
  std::shared_ptr<const DatasetSource> source_;
};

struct DatasetSplit {
  Dataset rest;
  Dataset part;
};

/// Which row is being prepared, and when: what random preparation draws from.
struct RowKey {
  std::uint64_t seed = 0;  // of the loader
  std::int64_t epoch = 0;
  std::int64_t row = 0;  // in the loader's dataset
};

/// Changes a row in place: one tensor per field, each of shape [1, ...]. Called from several
/// threads at a time; must depend on nothing but the row and the key, so that epochs can be
/// repeated.
using RowTransform = std::function<Status(const RowKey& key, std::span<Tensor> row)>;

struct DataLoaderOptions {
  std::int64_t batch = 32;
  /// Another order in every epoch; off: the order of the dataset.
  bool shuffle = false;
  std::uint64_t seed = 0;
  /// Threads that read rows, and as many that transform them.
  int threads = 2;
  /// How many finished batches may wait for next().
  std::size_t queue = 4;
  /// Leaves out the last batch of an epoch when it would be smaller than the others.
  bool drop_last = false;
  /// Called with every row that was read; may be empty.
  RowTransform transform = {};
};

struct Batch {
  /// One per field of the dataset, in that order; the first axis is the rows.
  std::vector<Tensor> tensors;
  /// Which rows of the dataset these are.
  std::vector<std::int64_t> rows;
};

/// Batches of a dataset, epoch by epoch. Which rows a batch holds depends on (seed, epoch) alone,
/// whatever the threads. One thread at a time may call the methods; stats() may be called while
/// another thread is in next().
class DataLoader {
 public:
  /// kInvalidArgument for options out of their range.
  static Result<DataLoader> create(Dataset dataset, DataLoaderOptions options);
  ~DataLoader();
  DataLoader(DataLoader&&) noexcept;
  DataLoader& operator=(DataLoader&&) noexcept;

  const Dataset& dataset() const;
  const DataLoaderOptions& options() const;
  /// Batches of one epoch.
  std::int64_t batches() const;

  /// Ends what is going on and starts the threads of epoch `epoch` (any number from 0) at batch
  /// `first_batch`: a resumed training gets the batches it would have got. kOutOfRange when
  /// first_batch > batches().
  Status start_epoch(std::int64_t epoch, std::int64_t first_batch = 0);
  /// The next batch; nothing after the last of the epoch. A failure, which names the row, is what
  /// every later call returns until the next start_epoch().
  Result<std::optional<Batch>> next();

  /// Of the current epoch: how busy reading and transforming were, and who waited for whom.
  PipelineStats stats() const;

 private:
  struct Impl;
  explicit DataLoader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern
