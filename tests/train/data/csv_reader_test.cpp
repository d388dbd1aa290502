#include "train/data/csv_reader.h"

#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using testing::FailsWith;
using Rows = std::vector<std::vector<std::string>>;

Result<Rows> rows_of(std::string_view text, char separator = ',', std::string_view comment = "") {
  CsvReader reader(text, "x.csv", separator, comment);
  Rows rows;
  std::vector<CsvCell> cells;
  while (true) {
    Result<bool> found = reader.next(cells);
    if (!found.ok()) return std::move(found).status();
    if (!*found) return rows;
    rows.emplace_back();
    for (const CsvCell& cell : cells) rows.back().emplace_back(cell.text);
  }
}

TEST(CsvReader, SplitsLinesAndCells) {
  EXPECT_EQ(*rows_of("a,b\nc,d\n"), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(*rows_of("a,b\r\nc,d"), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(*rows_of("a,b\rc,d\r"), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(*rows_of(",\n"), (Rows{{"", ""}}));
  EXPECT_EQ(*rows_of(""), Rows());
}

TEST(CsvReader, IgnoresEmptyLinesCommentsAndTheByteOrderMark) {
  EXPECT_EQ(*rows_of("\n\na\n\n"), (Rows{{"a"}}));
  EXPECT_EQ(*rows_of("// one\na\n//\nb//\n", ',', "//"), (Rows{{"a"}, {"b//"}}));
  EXPECT_EQ(*rows_of("\xEF\xBB\xBF\"a\",b"), (Rows{{"a", "b"}}));
}

TEST(CsvReader, SpacesCountOnlyInQuotes) {
  EXPECT_EQ(*rows_of(" a\t, b c ,\" d \" \n"), (Rows{{"a", "b c", " d "}}));
  EXPECT_EQ(*rows_of("a\t\tb", '\t'), (Rows{{"a", "", "b"}}));
}

TEST(CsvReader, QuotedCellsHoldSeparatorsLinesAndQuotes) {
  EXPECT_EQ(*rows_of("\"a,b\",\"c\nd\",\"say \"\"hi\"\"\"\ne"),
            (Rows{{"a,b", "c\nd", "say \"hi\""}, {"e"}}));
  EXPECT_EQ(*rows_of("\"\"\"\",\"\""), (Rows{{"\"", ""}}));
  EXPECT_EQ(*rows_of("\"\"\n"), (Rows{{""}}));
  EXPECT_EQ(*rows_of("5\",x"), (Rows{{"5\"", "x"}}));
}

TEST(CsvReader, CountsLinesThroughQuotes) {
  CsvReader reader("a\n\"b\n\nb\",c\nd\n", "x.csv", ',', "");
  std::vector<CsvCell> cells;
  std::vector<std::int64_t> lines;
  while (*reader.next(cells)) {
    for (const CsvCell& cell : cells) lines.push_back(cell.line);
  }
  EXPECT_EQ(lines, (std::vector<std::int64_t>{1, 2, 4, 5}));
}

TEST(CsvReader, RefusesQuotesThatDoNotMatch) {
  EXPECT_THAT(rows_of("a\nb,\"c\nd"),
              FailsWith(StatusCode::kDataLoss, "x.csv:2: column 2: the quote is not closed"));
  EXPECT_THAT(rows_of("\"a\"b,c"),
              FailsWith(StatusCode::kDataLoss, "x.csv:1: column 1: text behind the closing quote"));
}

TEST(CsvReader, GuessesTheSeparatorFromTheFirstRow) {
  EXPECT_EQ(guess_separator("a;b;c,d\n1,2;3", ""), ';');
  EXPECT_EQ(guess_separator("a\tb\n", ""), '\t');
  EXPECT_EQ(guess_separator("a\n", ""), ',');
  EXPECT_EQ(guess_separator("\"a;b\",c\n", ""), ',');
  EXPECT_EQ(guess_separator("#;;;\na,b\n", "#"), ',');
}

}  // namespace
}  // namespace tern
