#include "train/data/csv_table.h"

#include <algorithm>

#include "base/strings.h"

namespace tern {
namespace {

constexpr std::size_t kMostNamesInMessage = 20;
constexpr std::size_t kMostTextInMessage = 60;

bool looks_like_header(std::span<const CsvCell> cells) {
  return std::ranges::none_of(
      cells, [](const CsvCell& cell) { return parse_double(cell.text).has_value(); });
}

}  // namespace

Result<CsvTable> CsvTable::open(std::string_view text, std::string_view name,
                                const CsvOptions& options) {
  CsvTable table;
  table.text_ = text;
  table.name_ = name;
  table.options_ = &options;
  table.separator_ =
      options.separator != '\0' ? options.separator : guess_separator(text, options.comment);
  if (std::string_view("\"\r\n").find(table.separator_) != std::string_view::npos) {
    return invalid_argument("{}: a quote or line end cannot separate cells", name);
  }
  CsvReader reader(text, name, table.separator_, options.comment);
  std::vector<CsvCell> cells;
  TERN_ASSIGN_OR_RETURN(const bool found, reader.next(cells));
  if (!found) return data_loss("{}: there is no row", name);
  table.columns_ = cells.size();
  if (options.header.value_or(looks_like_header(cells))) {
    for (const CsvCell& cell : cells) table.names_.emplace_back(cell.text);
  }
  return table;
}

Result<std::size_t> CsvTable::find(std::string_view which) const {
  const auto named = std::ranges::find(names_, which);
  if (named != names_.end()) return static_cast<std::size_t>(named - names_.begin());
  if (which == "last") return columns_ - 1;
  const auto number = parse_int(which);
  if (number && *number >= 1 && static_cast<std::uint64_t>(*number) <= columns_) {
    return static_cast<std::size_t>(*number - 1);
  }
  if (names_.empty()) {
    return invalid_argument("{}: no column {}; there are 1 to {}, without names", name_, which,
                            columns_);
  }
  const auto shown = std::span(names_).first(std::min(names_.size(), kMostNamesInMessage));
  return invalid_argument("{}: no column {}; there are: {}{}", name_, which, join(shown, ", "),
                          shown.size() < names_.size() ? ", ..." : "");
}

bool CsvTable::is_missing(const CsvCell& cell) const {
  return cell.text.empty() ||
         (!cell.quoted &&
          std::ranges::find(options_->missing_words, cell.text) != options_->missing_words.end());
}

std::string CsvTable::place(const CsvCell& cell, std::size_t column) const {
  std::string text = fmt::format("{}:{}: column {}", name_, cell.line, column + 1);
  if (!names_.empty() && !names_[column].empty()) text += fmt::format(" ({})", names_[column]);
  return text;
}

std::string CsvTable::quoted(std::string_view text) {
  const bool cut = text.size() > kMostTextInMessage;
  return fmt::format("'{}{}'", text.substr(0, kMostTextInMessage), cut ? "..." : "");
}

Status CsvTable::wrong_count(std::span<const CsvCell> cells) const {
  return data_loss("{}:{}: {} columns, the lines before have {}", name_, cells.front().line,
                   cells.size(), columns_);
}

}  // namespace tern
