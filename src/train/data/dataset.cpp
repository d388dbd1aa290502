#include "tern/dataset.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/random.h"
#include "base/strings.h"

namespace tern {
namespace {

constexpr std::uint64_t kSplitStream = 0x73706c6974;  // "split", apart from the shuffles of epochs

class SubsetSource final : public DatasetSource {
 public:
  SubsetSource(std::shared_ptr<const DatasetSource> source, std::vector<std::int64_t> rows)
      : source_(std::move(source)), rows_(std::move(rows)) {}

  std::span<const DataField> fields() const override { return source_->fields(); }
  std::int64_t size() const override { return static_cast<std::int64_t>(rows_.size()); }
  Status read(std::int64_t row, std::span<Tensor> out) const override {
    return source_->read(rows_[static_cast<std::size_t>(row)], out);
  }

 private:
  std::shared_ptr<const DatasetSource> source_;
  std::vector<std::int64_t> rows_;
};

Status prepare(const DataField& field, Tensor& out) {
  if (!out.defined()) {
    TERN_ASSIGN_OR_RETURN(out, Tensor::uninitialized(field.dtype, field.shape));
    return {};
  }
  if (out.dtype() == field.dtype && out.elements() == field.shape.elements()) return {};
  return invalid_argument("field {} is {}{}, the tensor to read it into {}{}", field.name,
                          to_string(field.dtype), field.shape.to_string(), to_string(out.dtype()),
                          out.shape().to_string());
}

}  // namespace

std::span<const DataField> Dataset::fields() const {
  return source_ ? source_->fields() : std::span<const DataField>();
}

Result<std::size_t> Dataset::field_index(std::string_view name) const {
  const std::span<const DataField> all = fields();
  const auto found = std::ranges::find(all, name, &DataField::name);
  if (found != all.end()) return static_cast<std::size_t>(found - all.begin());
  std::vector<std::string> names;
  for (const DataField& field : all) names.push_back(field.name);
  return not_found("no field {}; there are: {}", name, join(names, ", "));
}

std::int64_t Dataset::size() const { return source_ ? source_->size() : 0; }

Status Dataset::read(std::int64_t row, std::span<Tensor> out) const {
  if (row < 0 || row >= size()) return out_of_range("row {} of {} rows", row, size());
  if (out.size() != fields().size()) {
    return invalid_argument("{} tensors for {} fields", out.size(), fields().size());
  }
  for (std::size_t i = 0; i < out.size(); ++i) TERN_TRY(prepare(fields()[i], out[i]));
  return source_->read(row, out);
}

Result<Dataset> Dataset::subset(std::vector<std::int64_t> rows) const {
  for (const std::int64_t row : rows) {
    if (row < 0 || row >= size()) return out_of_range("row {} of {} rows", row, size());
  }
  if (!source_) return Dataset();
  return Dataset(std::make_shared<SubsetSource>(source_, std::move(rows)));
}

Result<DatasetSplit> Dataset::split(double fraction, std::uint64_t seed) const {
  if (!(fraction >= 0 && fraction <= 1)) {
    return invalid_argument("a part of {} of a dataset; 0 to 1 is possible", fraction);
  }
  const auto part_size =
      static_cast<std::int64_t>(std::llround(fraction * static_cast<double>(size())));
  std::vector<std::int64_t> part = shuffled_indices(size(), derive_stream({seed, kSplitStream}), 0);
  std::vector<std::int64_t> rest(part.begin() + part_size, part.end());
  part.resize(static_cast<std::size_t>(part_size));
  std::ranges::sort(part);
  std::ranges::sort(rest);
  TERN_ASSIGN_OR_RETURN(Dataset rest_rows, subset(std::move(rest)));
  TERN_ASSIGN_OR_RETURN(Dataset part_rows, subset(std::move(part)));
  return DatasetSplit{.rest = std::move(rest_rows), .part = std::move(part_rows)};
}

}  // namespace tern
