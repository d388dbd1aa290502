// Cells of CSV text, row by row, with the lines they stand on.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tern/status.h"

namespace tern {

struct CsvCell {
  std::string_view text;  // without quotes; unless quoted, without spaces around it
  std::int64_t line = 0;  // from 1
  bool quoted = false;
};

class CsvReader {
 public:
  /// What the views show must outlive the reader. `name` stands for the file in messages. Lines
  /// that begin with `comment`, unless it is empty, are no rows.
  CsvReader(std::string_view text, std::string_view name, char separator, std::string_view comment);

  /// The next row that is not empty, or false at the end. Cells are valid until the next call.
  /// kDataLoss, "digits.csv:17: column 5: ...", for quotes that do not match.
  Result<bool> next(std::vector<CsvCell>& cells);

 private:
  Status read_quoted(CsvCell& cell, std::size_t column);
  void read_plain(CsvCell& cell);
  bool at_end() const { return at_ >= text_.size(); }
  bool at_line_end() const { return at_end() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void skip_spaces();
  void skip_line_end();

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  char separator_;
  std::string_view comment_;
  std::deque<std::string> unquoted_;  // cells that are no part of the text as they are
};

/// The comma, semicolon or tab of which the first row of `text` has most; a comma when none.
char guess_separator(std::string_view text, std::string_view comment);

}  // namespace tern
