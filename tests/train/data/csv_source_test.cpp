#include "base/strings.h"
#include "tern/data_files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::i64;
using testing::IsOk;
using Names = std::vector<std::string>;

Result<CsvDataset> parse(std::string_view text, CsvOptions options = {}) {
  return parse_csv(text, "x.csv", options);
}

// All rows of a field, one behind the other.
Tensor column(const Dataset& data, std::string_view field) {
  const std::size_t index = *data.field_index(field);
  std::vector<double> values;
  for (std::int64_t row = 0; row < data.size(); ++row) {
    std::vector<Tensor> out(data.fields().size());
    EXPECT_THAT(data.read(row, out), IsOk());
    for (const double value : testing::values_of(out[index])) values.push_back(value);
  }
  return testing::of(data.fields()[index].dtype, {static_cast<std::int64_t>(values.size())},
                     values);
}

std::vector<double> inputs(const Result<CsvDataset>& csv) {
  EXPECT_THAT(csv, IsOk());
  return csv.ok() ? testing::values_of(column(csv->data, "input")) : std::vector<double>();
}
std::vector<double> labels(const Result<CsvDataset>& csv) {
  EXPECT_THAT(csv, IsOk());
  return csv.ok() ? testing::values_of(column(csv->data, "label")) : std::vector<double>();
}

TEST(Csv, NumbersWithoutHeaderOrLabel) {
  const auto csv = parse("1,2.5\n-3,4e1\n");
  EXPECT_EQ(inputs(csv), (std::vector<double>{1, 2.5, -3, 40}));
  ASSERT_EQ(csv->data.fields().size(), 1u);
  EXPECT_EQ(csv->data.fields()[0].shape, Shape({2}));
  EXPECT_EQ(csv->data.size(), 2);
}

TEST(Csv, AHeaderIsALineWithoutNumbers) {
  const auto csv = parse("width,height\n1,2\n");
  EXPECT_EQ(inputs(csv), (std::vector<double>{1, 2}));
  EXPECT_EQ(csv->schema.columns[1].name, "height");
  EXPECT_EQ(inputs(parse("1,2\n3,4\n", {.header = true})), (std::vector<double>{3, 4}));
  EXPECT_THAT(
      parse("width,height\n1,2\n", {.header = false}),
      FailsWith(StatusCode::kDataLoss, "x.csv:1: column 1: 'width' is not a finite number"));
}

TEST(Csv, LabelsBecomeClassesInOrder) {
  const auto text = parse("a,kind\n1,pear\n2,apple\n3,pear\n", {.label = "kind"});
  EXPECT_EQ(labels(text), (std::vector<double>{1, 0, 1}));
  EXPECT_EQ(text->data.fields()[1].classes, (Names{"apple", "pear"}));
  EXPECT_EQ(text->data.fields()[1].dtype, DType::kI64);
  EXPECT_EQ(text->data.fields()[1].shape, Shape());
  // Numbers in order of number, not of bytes.
  const auto numbers = parse("1,10\n2,9\n3,10\n", {.label = "last"});
  EXPECT_EQ(labels(numbers), (std::vector<double>{1, 0, 1}));
  EXPECT_EQ(numbers->schema.classes, (Names{"9", "10"}));
  const auto given = parse("x,1\ny,2\n", {.label = "1", .classes = {"y", "x", "z"}});
  EXPECT_EQ(labels(given), (std::vector<double>{1, 0}));
  EXPECT_EQ(inputs(given), (std::vector<double>{1, 2}));
}

TEST(Csv, LabelsMayBeNumbers) {
  const auto csv =
      parse("1,0.5\n2,-8\n", {.label = "2", .label_kind = LabelKind::kNumber, .scale = 2});
  EXPECT_EQ(labels(csv), (std::vector<double>{0.5, -8}));
  EXPECT_EQ(csv->data.fields()[1].dtype, DType::kF32);
  EXPECT_EQ(csv->data.fields()[1].shape, Shape({1}));
  EXPECT_EQ(inputs(csv), (std::vector<double>{2, 4}));
}

TEST(Csv, ColumnsMayBeLeftOut) {
  const auto csv = parse("id,a,name,b\n7,1,x,2\n8,3,y,4\n", {.ignore = {"id", "3"}});
  EXPECT_EQ(inputs(csv), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(inputs(parse("id,a,name,b\n7,1,x,2\n", {.text = TextColumns::kIgnore})),
            (std::vector<double>{7, 1, 2}));
}

TEST(Csv, TextBecomesOneInputPerTextOfTheColumn) {
  const auto csv = parse("size,sex\n5,M\n6,F\n7,I\n8,F\n", {.text = TextColumns::kOneHot});
  EXPECT_EQ(csv->schema.columns[1].categories, (Names{"F", "I", "M"}));
  EXPECT_EQ(inputs(csv), (std::vector<double>{5, 0, 0, 1, 6, 1, 0, 0, 7, 0, 1, 0, 8, 1, 0, 0}));
}

TEST(Csv, MissingValuesFollowThePolicy) {
  const std::string_view text = "a,b,c\n1,x,0\nNA,y,1\n4,?,1\n";
  CsvOptions options{.label = "c", .text = TextColumns::kOneHot};
  EXPECT_THAT(parse(text, options),
              FailsWith(StatusCode::kDataLoss, "x.csv:3: column 1 (a): the value is missing"));
  options.missing = MissingValues::kDropRow;
  EXPECT_EQ(inputs(parse(text, options)), (std::vector<double>{1, 1, 0}));
  EXPECT_EQ(labels(parse(text, options)), (std::vector<double>{0}));
  options.missing = MissingValues::kMean;  // of 1 and 4
  EXPECT_EQ(inputs(parse(text, options)), (std::vector<double>{1, 1, 0, 2.5, 0, 1, 4, 0, 0}));
  options.missing = MissingValues::kZero;
  EXPECT_EQ(inputs(parse(text, options)), (std::vector<double>{1, 1, 0, 0, 0, 1, 4, 0, 0}));
}

TEST(Csv, ARowWithoutLabelIsDroppedOrAnError) {
  const std::string_view text = "1,x\n2,\n3,y\n";
  EXPECT_THAT(parse(text, {.label = "last"}),
              FailsWith(StatusCode::kDataLoss, "x.csv:2: column 2: the label is missing"));
  const auto csv = parse(text, {.label = "last", .missing = MissingValues::kMean});
  EXPECT_EQ(inputs(csv), (std::vector<double>{1, 3}));
  EXPECT_EQ(labels(csv), (std::vector<double>{0, 1}));
}

TEST(Csv, InputsTakeTheShapeThatIsWanted) {
  const auto csv = parse("1,2,3,4,0\n5,6,7,8,1\n", {.label = "last", .shape = {1, 2, 2}});
  EXPECT_EQ(csv->data.fields()[0].shape, Shape({1, 2, 2}));
  EXPECT_THAT(
      parse("1,2,3\n", {.shape = {2, 2}}),
      FailsWith(StatusCode::kInvalidArgument, "x.csv: 3 inputs do not make the shape [2,2]"));
}

TEST(Csv, MistakesNameFileLineAndColumn) {
  EXPECT_THAT(
      parse("a,b\n1,2\n\n3,x\n"),
      FailsWith(StatusCode::kDataLoss, "x.csv:4: column 2 (b): 'x' is not a finite number"));
  EXPECT_THAT(parse("1,2\n3\n"),
              FailsWith(StatusCode::kDataLoss, "x.csv:2: 1 columns, the lines before have 2"));
  EXPECT_THAT(parse("1,2\n3,inf\n"), FailsWith(StatusCode::kDataLoss, "x.csv:2: column 2: 'inf'"));
  EXPECT_THAT(parse("1e39\n"), FailsWith(StatusCode::kDataLoss, "'1e39' is not a finite number"));
  EXPECT_THAT(parse("1,a\n2,b\n", {.label = "2", .classes = {"a"}}),
              FailsWith(StatusCode::kDataLoss, "x.csv:2: column 2: 'b' is none of the 1 classes"));
  EXPECT_THAT(parse(std::string(100, 'x') + ",1\n"),
              FailsWith(StatusCode::kDataLoss, "'" + std::string(60, 'x') + "...'"));
}

TEST(Csv, OptionsThatDoNotFitTheFileAreErrors) {
  EXPECT_THAT(parse("a,b\n1,2\n", {.label = "c"}),
              FailsWith(StatusCode::kInvalidArgument, "x.csv: no column c; there are: a, b"));
  EXPECT_THAT(parse("1,2\n", {.label = "3"}),
              FailsWith(StatusCode::kInvalidArgument, "no column 3; there are 1 to 2"));
  EXPECT_THAT(parse("1,2\n", {.label = "0"}), FailsWith(StatusCode::kInvalidArgument, "column 0"));
  EXPECT_THAT(parse("1\n", {.label = "1"}),
              FailsWith(StatusCode::kInvalidArgument, "no column is an input"));
  EXPECT_THAT(parse("1\n", {.separator = '"'}), FailsWith(StatusCode::kInvalidArgument, "quote"));
}

TEST(Csv, AFileWithoutRowsIsAnError) {
  for (const std::string_view text : {"", "\n\n", "a,b\n"}) {
    EXPECT_THAT(parse(text), FailsWith(StatusCode::kDataLoss, "x.csv: there is no row")) << text;
  }
}

TEST(Csv, ASchemaGivesAnotherFileTheSameInputs) {
  const std::string_view training = "size,sex,kind\n1,M,b\n3,F,a\n";
  const auto fitted = parse(training, {.label = "kind", .text = TextColumns::kOneHot, .scale = 10});
  ASSERT_THAT(fitted, IsOk());
  CsvOptions options{.missing = MissingValues::kMean, .schema = fitted->schema};
  // Other order, another column, no label, a missing value: its mean was 2.
  const auto other = parse("extra,sex,size\nz,F,5\nz,M,\n", options);
  EXPECT_EQ(inputs(other), (std::vector<double>{50, 1, 0, 20, 0, 1}));
  EXPECT_EQ(other->data.fields().size(), 1u);
  EXPECT_EQ(labels(parse("kind,size,sex\na,1,F\n", options)), (std::vector<double>{0}));
  EXPECT_THAT(parse("size,sex\n1,I\n", options),
              FailsWith(StatusCode::kDataLoss, "column 2 (sex): 'I' is none of the 2 known texts"));
  EXPECT_THAT(parse("size,gender\n1,M\n", options),
              FailsWith(StatusCode::kInvalidArgument, "there is no column sex"));
}

TEST(Csv, ASchemaWithoutNamesGoesByPlace) {
  const auto fitted = parse("0,1,2\n1,3,4\n", {.label = "1"});
  const CsvOptions options{.schema = fitted->schema};
  EXPECT_EQ(inputs(parse("7,8\n", options)), (std::vector<double>{7, 8}));
  EXPECT_EQ(labels(parse("1,7,8\n", options)), (std::vector<double>{1}));
  EXPECT_THAT(parse("1,2,3,4\n", options),
              FailsWith(StatusCode::kInvalidArgument, "4 columns, 3 are expected"));
}

TEST(Csv, ColumnsOfOneNameGoByPlace) {
  const auto csv = parse("a,a,b\n1,2,3\n");
  EXPECT_EQ(inputs(csv), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(inputs(parse("x,y,z\n4,5,6\n", {.schema = csv->schema})),
            (std::vector<double>{4, 5, 6}));
}

TEST(Csv, ASchemaThatMakesNoSenseIsAnError) {
  // The label is an input too, and the file has no label.
  const CsvSchema schema{.columns = {{.name = ""}, {.name = ""}}, .label = 0};
  EXPECT_THAT(parse("1\n", {.schema = schema}),
              FailsWith(StatusCode::kInvalidArgument, "x.csv: there is no column 1"));
  EXPECT_THAT(parse("1\n", {.schema = CsvSchema()}), FailsWith(StatusCode::kInvalidArgument, ""));
}

TEST(Csv, SchemasTravelAsJson) {
  const auto csv = parse("size,sex,kind\n1.5,M,b\n3,F,\"a \"\"q\"\"\"\n",
                         {.label = "kind", .text = TextColumns::kOneHot, .scale = 0.1F});
  const auto back = parse_csv_schema(to_json(csv->schema));
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(*back, csv->schema);
  for (const std::string_view text :
       {"", "[]", "{}", R"({"columns":3})", R"({"columns":[3]})", R"({"columns":[{"name":1}]})",
        R"({"columns":[{"categories":[1]}]})", R"({"columns":[],"label":0})",
        R"({"columns":[{}],"label":-1})", R"({"columns":[{}],"scale":"1"})",
        R"({"columns":[{"is_input":1}]})"}) {
    EXPECT_THAT(parse_csv_schema(text), FailsWith(StatusCode::kInvalidArgument, "")) << text;
  }
}

TEST(Csv, ATooLongFileIsRefused) {
  const testing::TempDir folder;
  EXPECT_THAT(open_csv(folder.write("x.csv", "1,2\n3,4\n"), {.max_bytes = 7}),
              FailsWith(StatusCode::kResourceExhausted, "7 bytes"));
}

// data/digits/README.md has these counts.
TEST(Csv, OpensTheDigitsThatShipWithTheProject) {
  const auto csv = open_csv(TERN_SOURCE_DIR "/data/digits/digits.csv.gz",
                            {.label = "last", .shape = {1, 8, 8}, .scale = 1.0F / 16});
  ASSERT_THAT(csv, IsOk());
  EXPECT_EQ(csv->data.size(), 1797);
  EXPECT_EQ(csv->data.fields()[0].shape, Shape({1, 8, 8}));
  EXPECT_EQ(csv->data.fields()[1].classes,
            (Names{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  std::vector<int> count(10);
  for (const double label : labels(csv)) ++count[static_cast<std::size_t>(label)];
  EXPECT_EQ(count, (std::vector<int>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}));
  std::vector<Tensor> row(2);
  ASSERT_THAT(csv->data.read(0, row), IsOk());
  // 0,0,5,13,9,1,0,0 is the first line of the first digit.
  EXPECT_TRUE(testing::all_close(*row[0].reshape({64})->slice(0, 8),
                                 f32({8}, {0, 0, 5. / 16, 13. / 16, 9. / 16, 1. / 16, 0, 0})));
}

}  // namespace
}  // namespace tern
