// CSV text as rows of cells with a known number of columns: the layer between characters
// (csv_reader.h) and numbers (csv_source.cpp).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "tern/data_files.h"
#include "train/data/csv_reader.h"

namespace tern {

class CsvTable {
 public:
  /// `text`, `name` and `options` must outlive the table. Finds separator, header and the number of
  /// columns; kDataLoss when there is no row.
  static Result<CsvTable> open(std::string_view text, std::string_view name,
                               const CsvOptions& options);

  std::size_t columns() const { return columns_; }
  /// Of the columns; empty without a header.
  const std::vector<std::string>& names() const { return names_; }
  std::string_view file() const { return name_; }

  /// The column that is called `which`, or its number from 1, or "last".
  Result<std::size_t> find(std::string_view which) const;
  /// Whether the cell counts as missing.
  bool is_missing(const CsvCell& cell) const;
  /// "digits.csv:17: column 5 (width)".
  std::string place(const CsvCell& cell, std::size_t column) const;
  /// The text for a message: in quotes, the start when it is long.
  static std::string quoted(std::string_view text);

  /// Calls f(std::span<const CsvCell>) -> Status with every row that is not the header; they all
  /// have columns() cells, which is checked on the way.
  template <class F>
  Status for_each_row(F&& f) const {
    CsvReader reader(text_, name_, separator_, options_->comment);
    std::vector<CsvCell> cells;
    bool is_header = !names_.empty();
    while (true) {
      TERN_ASSIGN_OR_RETURN(const bool found, reader.next(cells));
      if (!found) return {};
      if (std::exchange(is_header, false)) continue;
      if (cells.size() != columns_) return wrong_count(cells);
      TERN_TRY(f(std::span<const CsvCell>(cells)));
    }
  }

 private:
  Status wrong_count(std::span<const CsvCell> cells) const;

  std::string_view text_;
  std::string_view name_;
  const CsvOptions* options_ = nullptr;
  char separator_ = ',';
  std::size_t columns_ = 0;
  std::vector<std::string> names_;
};

}  // namespace tern
