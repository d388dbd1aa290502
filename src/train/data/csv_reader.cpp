#include "train/data/csv_reader.h"

#include <algorithm>

#include "base/errors.h"
#include "base/strings.h"

namespace tern {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string_view name, char separator,
                     std::string_view comment)
    : text_(text), name_(name), separator_(separator), comment_(comment) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

/// Past "\n", "\r\n" or "\r", if one is there.
void CsvReader::skip_line_end() {
  if (at_end()) return;
  at_ += text_.substr(at_).starts_with("\r\n") ? 2 : 1;
  ++line_;
}

/// Spaces and tabs, unless they separate.
void CsvReader::skip_spaces() {
  while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t') && text_[at_] != separator_) ++at_;
}

void CsvReader::read_plain(CsvCell& cell) {
  const std::size_t begin = at_;
  while (!at_line_end() && text_[at_] != separator_) ++at_;
  cell.text = trim(text_.substr(begin, at_ - begin));
}

Status CsvReader::read_quoted(CsvCell& cell, std::size_t column) {
  cell.quoted = true;
  std::size_t begin = ++at_;
  std::string* joined = nullptr;  // the parts between doubled quotes, once there is one
  while (true) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == std::string_view::npos) {
      return data_loss("{}:{}: column {}: the quote is not closed", name_, cell.line, column);
    }
    const std::string_view part = text_.substr(begin, quote - begin);
    const bool doubled = quote + 1 < text_.size() && text_[quote + 1] == '"';
    if (joined == nullptr && !doubled) {
      cell.text = part;
    } else {
      if (joined == nullptr) joined = &unquoted_.emplace_back();
      joined->append(part);
      if (doubled) joined->push_back('"');
    }
    begin = at_ = quote + (doubled ? 2 : 1);
    if (!doubled) break;
  }
  if (joined != nullptr) cell.text = *joined;
  skip_spaces();
  if (!at_line_end() && text_[at_] != separator_) {
    return data_loss("{}:{}: column {}: text behind the closing quote", name_, cell.line, column);
  }
  return {};
}

Result<bool> CsvReader::next(std::vector<CsvCell>& cells) {
  cells.clear();
  unquoted_.clear();
  while (!at_end()) {
    const std::string_view rest = text_.substr(at_);
    if (!comment_.empty() && rest.starts_with(comment_)) {
      while (!at_line_end()) ++at_;
      skip_line_end();
      continue;
    }
    while (true) {
      skip_spaces();
      CsvCell cell{.line = line_};
      const std::size_t begin = at_;
      if (!at_end() && text_[at_] == '"') {
        TERN_TRY(read_quoted(cell, cells.size() + 1));
      } else {
        read_plain(cell);
      }
      // Line ends inside of quotes count, those behind the cell not yet.
      const std::string_view whole = text_.substr(begin, at_ - begin);
      if (cell.quoted) line_ += std::ranges::count(whole, '\n');
      cells.push_back(cell);
      if (at_line_end()) break;
      ++at_;
    }
    skip_line_end();
    const bool empty = cells.size() == 1 && cells[0].text.empty() && !cells[0].quoted;
    if (!empty) return true;
    cells.clear();
  }
  return false;
}

char guess_separator(std::string_view text, std::string_view comment) {
  char best = ',';
  std::size_t most = 1;
  for (const char separator : {',', ';', '\t'}) {
    std::vector<CsvCell> cells;
    const Result<bool> row = CsvReader(text, "", separator, comment).next(cells);
    if (row.ok() && cells.size() > most) {
      best = separator;
      most = cells.size();
    }
  }
  return best;
}

}  // namespace tern
