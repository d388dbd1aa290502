#include "train/data/csv_fit.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/strings.h"

namespace tern {
namespace {

constexpr std::size_t kMostCategories = 1000;
constexpr std::size_t kMostClasses = std::size_t{1} << 20;

// By number when all are numbers, else by bytes.
std::vector<std::string> in_order(const std::set<std::string, std::less<>>& texts) {
  std::vector<std::string> list(texts.begin(), texts.end());
  const auto is_number = [](const std::string& text) {
    const auto number = parse_double(text);
    return number && !std::isnan(*number);
  };
  if (std::ranges::all_of(list, is_number)) {
    std::ranges::stable_sort(list, {}, [](const std::string& t) { return *parse_double(t); });
  }
  return list;
}

// What is learned of a column when it is read the first time.
struct ColumnFacts {
  bool is_text = false;
  double sum = 0;
  std::int64_t count = 0;
};

Status find_facts(const CsvTable& table, const CsvOptions& options,
                  const std::vector<CsvColumn>& columns, std::vector<ColumnFacts>& facts) {
  return table.for_each_row([&](std::span<const CsvCell> cells) -> Status {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (!columns[c].is_input || facts[c].is_text || table.is_missing(cells[c])) continue;
      const auto number = parse_double(cells[c].text);
      if (number && std::isfinite(static_cast<float>(*number))) {
        facts[c].sum += *number;
        ++facts[c].count;
      } else if (options.text == TextColumns::kError) {
        return data_loss("{}: {} is not a finite number", table.place(cells[c], c),
                         CsvTable::quoted(cells[c].text));
      } else {
        facts[c].is_text = true;
      }
    }
    return {};
  });
}

// The different texts of the columns for which `wanted`.
Result<std::vector<std::vector<std::string>>> find_texts(const CsvTable& table,
                                                         const std::vector<bool>& wanted,
                                                         std::size_t most) {
  std::vector<std::set<std::string, std::less<>>> texts(wanted.size());
  TERN_TRY(table.for_each_row([&](std::span<const CsvCell> cells) -> Status {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (!wanted[c] || table.is_missing(cells[c]) || texts[c].contains(cells[c].text)) continue;
      if (texts[c].size() == most) {
        return data_loss("{}: more than {} different texts; leave the column out",
                         table.place(cells[c], c), most);
      }
      texts[c].emplace(cells[c].text);
    }
    return {};
  }));
  std::vector<std::vector<std::string>> lists;
  for (const auto& set : texts) lists.push_back(in_order(set));
  return lists;
}

}  // namespace

Result<CsvSchema> fit_schema(const CsvTable& table, const CsvOptions& options) {
  CsvSchema schema{.columns = std::vector<CsvColumn>(table.columns()), .scale = options.scale};
  for (std::size_t c = 0; c < table.names().size(); ++c) schema.columns[c].name = table.names()[c];
  if (!options.label.empty()) {
    TERN_ASSIGN_OR_RETURN(schema.label, table.find(options.label));
    schema.columns[*schema.label].is_input = false;
  }
  for (const std::string& which : options.ignore) {
    TERN_ASSIGN_OR_RETURN(const std::size_t column, table.find(which));
    schema.columns[column].is_input = false;
  }
  std::vector<ColumnFacts> facts(table.columns());
  TERN_TRY(find_facts(table, options, schema.columns, facts));

  std::vector<bool> one_hot(table.columns());
  for (std::size_t c = 0; c < table.columns(); ++c) {
    CsvColumn& column = schema.columns[c];
    if (facts[c].count > 0) {
      column.mean = static_cast<float>(facts[c].sum / static_cast<double>(facts[c].count));
    }
    if (!facts[c].is_text) continue;
    column.mean = 0;
    one_hot[c] = options.text == TextColumns::kOneHot;
    column.is_input = one_hot[c];
  }
  if (std::ranges::find(one_hot, true) != one_hot.end()) {
    TERN_ASSIGN_OR_RETURN(auto texts, find_texts(table, one_hot, kMostCategories));
    for (std::size_t c = 0; c < texts.size(); ++c) {
      schema.columns[c].categories = std::move(texts[c]);
    }
  }
  if (schema.label && options.label_kind == LabelKind::kClass) {
    schema.classes = options.classes;
    if (schema.classes.empty()) {
      std::vector<bool> wanted(table.columns());
      wanted[*schema.label] = true;
      TERN_ASSIGN_OR_RETURN(auto texts, find_texts(table, wanted, kMostClasses));
      schema.classes = std::move(texts[*schema.label]);
    }
  }
  return schema;
}

}  // namespace tern
