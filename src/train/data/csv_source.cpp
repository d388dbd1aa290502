// CSV files as datasets.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/compress.h"
#include "base/strings.h"
#include "train/data/csv_fit.h"
#include "train/data/csv_table.h"
#include "train/data/tensor_source.h"

namespace tern {
namespace {

using Places = std::map<std::string, std::int64_t, std::less<>>;

Places places_of(const std::vector<std::string>& texts) {
  Places places;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    places.emplace(texts[i], static_cast<std::int64_t>(i));
  }
  return places;
}

// Where the cells of a file's column go.
struct Target {
  const CsvColumn* column = nullptr;  // null: nowhere
  std::size_t offset = 0;             // of the first input it makes
  Places categories;
};

// The columns of the file that are those of the schema, without a header: by place, and the label
// may be missing.
Result<std::vector<std::optional<std::size_t>>> match_by_place(const CsvTable& table,
                                                               const CsvSchema& schema) {
  const std::size_t count = schema.columns.size();
  const bool without_label = schema.label && table.columns() + 1 == count;
  if (table.columns() != count && !without_label) {
    return invalid_argument("{}: {} columns, {} are expected", table.file(), table.columns(),
                            count);
  }
  std::vector<std::optional<std::size_t>> from(count);
  std::size_t next = 0;
  for (std::size_t s = 0; s < count; ++s) {
    if (!without_label || s != *schema.label) from[s] = next++;
  }
  return from;
}

/// Whether the columns can be told apart by their names.
bool have_names(const std::vector<CsvColumn>& columns) {
  std::set<std::string_view> names;
  for (const CsvColumn& column : columns) {
    if (column.name.empty() || !names.insert(column.name).second) return false;
  }
  return true;
}

Result<std::vector<std::optional<std::size_t>>> match_columns(const CsvTable& table,
                                                              const CsvSchema& schema) {
  if (table.names().empty() || !have_names(schema.columns)) return match_by_place(table, schema);
  std::vector<std::optional<std::size_t>> from(schema.columns.size());
  for (std::size_t s = 0; s < from.size(); ++s) {
    const auto found = std::ranges::find(table.names(), schema.columns[s].name);
    if (found != table.names().end()) {
      from[s] = static_cast<std::size_t>(found - table.names().begin());
    } else if (schema.columns[s].is_input) {
      return invalid_argument("{}: there is no column {}", table.file(), schema.columns[s].name);
    }
  }
  return from;
}

// Cells to numbers, row by row.
class Converter {
 public:
  static Result<Converter> create(const CsvTable& table, const CsvOptions& options,
                                  const CsvSchema& schema) {
    Converter converter(table, options, schema);
    TERN_ASSIGN_OR_RETURN(const auto from, match_columns(table, schema));
    for (std::size_t s = 0; s < from.size(); ++s) {
      const CsvColumn& column = schema.columns[s];
      if (!column.is_input) continue;
      if (!from[s]) return invalid_argument("{}: there is no column {}", table.file(), s + 1);
      Target& target = converter.targets_[*from[s]];
      target = {&column, converter.inputs_, places_of(column.categories)};
      converter.inputs_ += std::max<std::size_t>(column.categories.size(), 1);
    }
    if (!options.label.empty()) {
      TERN_ASSIGN_OR_RETURN(converter.label_, table.find(options.label));
    } else if (schema.label) {
      converter.label_ = from[*schema.label];
    }
    if (converter.inputs_ == 0) {
      return invalid_argument("{}: no column is an input", table.file());
    }
    return converter;
  }

  std::size_t inputs() const { return inputs_; }

  Status add(std::span<const CsvCell> cells) {
    const std::size_t begin = values_.size();
    values_.resize(begin + inputs_);
    const std::span<float> row(values_.data() + begin, inputs_);
    bool keep = true;
    for (std::size_t c = 0; c < cells.size() && keep; ++c) {
      if (targets_[c].column == nullptr) continue;
      TERN_ASSIGN_OR_RETURN(keep, add_input(cells[c], c, row));
    }
    if (label_ && keep) {
      TERN_ASSIGN_OR_RETURN(keep, add_label(cells[*label_]));
    }
    if (!keep) values_.resize(begin);
    rows_ += keep ? 1 : 0;
    return {};
  }

  Result<Dataset> finish() {
    if (rows_ == 0) return data_loss("{}: there is no row", table_.file());
    Shape shape = options_.shape;
    if (shape.empty()) shape = {static_cast<std::int64_t>(inputs_)};
    if (static_cast<std::uint64_t>(shape.elements()) != inputs_) {
      return invalid_argument("{}: {} inputs do not make the shape {}", table_.file(), inputs_,
                              shape.to_string());
    }
    std::vector<std::int64_t> dims{rows_};
    dims.insert(dims.end(), shape.begin(), shape.end());
    TERN_ASSIGN_OR_RETURN(const Shape whole, Shape::from(dims));
    std::vector<TensorField> fields(1);
    fields[0].name = kInputField;
    auto values = std::make_shared<std::vector<float>>(std::move(values_));
    fields[0].tensor = Tensor::view(DType::kF32, whole, values->data(), values);
    if (label_) {
      fields.push_back({.name = std::string(kLabelField), .classes = schema_.classes});
      if (by_class_) {
        fields[1].tensor = Tensor::vector<std::int64_t>(classes_);
      } else {
        TERN_ASSIGN_OR_RETURN(fields[1].tensor, Tensor::from<float>({rows_, 1}, numbers_));
      }
    }
    return dataset_of(std::move(fields));
  }

 private:
  Converter(const CsvTable& table, const CsvOptions& options, const CsvSchema& schema)
      : table_(table),
        options_(options),
        schema_(schema),
        targets_(table.columns()),
        classes_by_name_(places_of(schema.classes)),
        by_class_(options.schema ? !schema.classes.empty()
                                 : options.label_kind == LabelKind::kClass) {}

  // False when the row is to be dropped.
  Result<bool> add_input(const CsvCell& cell, std::size_t column, std::span<float> row) {
    const Target& target = targets_[column];
    if (table_.is_missing(cell)) {
      if (options_.missing == MissingValues::kDropRow) return false;
      if (options_.missing == MissingValues::kError) {
        return data_loss("{}: the value is missing", table_.place(cell, column));
      }
      if (options_.missing == MissingValues::kMean && target.categories.empty()) {
        row[target.offset] = target.column->mean * schema_.scale;
      }
      return true;
    }
    if (target.categories.empty()) {
      TERN_ASSIGN_OR_RETURN(row[target.offset], number_of(cell, column, schema_.scale));
      return true;
    }
    const auto found = target.categories.find(cell.text);
    if (found == target.categories.end()) {
      return data_loss("{}: {} is none of the {} known texts", table_.place(cell, column),
                       CsvTable::quoted(cell.text), target.categories.size());
    }
    row[target.offset + static_cast<std::size_t>(found->second)] = 1;
    return true;
  }

  Result<bool> add_label(const CsvCell& cell) {
    if (table_.is_missing(cell)) {
      if (options_.missing != MissingValues::kError) return false;
      return data_loss("{}: the label is missing", table_.place(cell, *label_));
    }
    if (!by_class_) {
      TERN_ASSIGN_OR_RETURN(const float number, number_of(cell, *label_, 1));
      numbers_.push_back(number);
      return true;
    }
    const auto found = classes_by_name_.find(cell.text);
    if (found == classes_by_name_.end()) {
      return data_loss("{}: {} is none of the {} classes", table_.place(cell, *label_),
                       CsvTable::quoted(cell.text), schema_.classes.size());
    }
    classes_.push_back(found->second);
    return true;
  }

  Result<float> number_of(const CsvCell& cell, std::size_t column, float scale) const {
    const auto number = parse_double(cell.text);
    const float scaled = number ? static_cast<float>(*number * scale) : 0;
    if (number && std::isfinite(scaled)) return scaled;
    return data_loss("{}: {} is not a finite number", table_.place(cell, column),
                     CsvTable::quoted(cell.text));
  }

  const CsvTable& table_;
  const CsvOptions& options_;
  const CsvSchema& schema_;
  std::vector<Target> targets_;  // per column of the file
  Places classes_by_name_;
  bool by_class_;
  std::optional<std::size_t> label_;
  std::size_t inputs_ = 0;
  std::int64_t rows_ = 0;
  std::vector<float> values_;
  std::vector<float> numbers_;
  std::vector<std::int64_t> classes_;
};

}  // namespace

Result<CsvDataset> parse_csv(std::string_view text, const std::string& name,
                             const CsvOptions& options) {
  TERN_ASSIGN_OR_RETURN(const CsvTable table, CsvTable::open(text, name, options));
  CsvDataset result;
  if (options.schema) {
    result.schema = *options.schema;
  } else {
    TERN_ASSIGN_OR_RETURN(result.schema, fit_schema(table, options));
  }
  TERN_ASSIGN_OR_RETURN(Converter converter, Converter::create(table, options, result.schema));
  TERN_TRY(
      table.for_each_row([&](std::span<const CsvCell> cells) { return converter.add(cells); }));
  TERN_ASSIGN_OR_RETURN(result.data, converter.finish());
  return result;
}

Result<CsvDataset> open_csv(const std::string& path, const CsvOptions& options) {
  TERN_ASSIGN_OR_RETURN(const std::string text, read_file_unzipped(path, options.max_bytes));
  return parse_csv(text, path, options);
}

}  // namespace tern
