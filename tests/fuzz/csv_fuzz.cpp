// CSV from outside: whatever the text and the options, an error with a message or a dataset whose
// rows can all be read; the schema of a file, taken through JSON, reads the file the same way.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "tern/data_files.h"

namespace {

// The first byte chooses among policies; the rest is the file.
tern::CsvOptions options_of(unsigned choice) {
  tern::CsvOptions options;
  options.text = static_cast<tern::TextColumns>(choice % 3);
  options.missing = static_cast<tern::MissingValues>(choice / 3 % 4);
  if (choice & 64) options.label = "last";
  if (choice & 128) options.label_kind = tern::LabelKind::kNumber;
  if (choice % 5 == 0) options.comment = "#";
  options.max_bytes = 1 << 16;
  return options;
}

void read_all(const tern::Dataset& data, std::vector<tern::Tensor>& sums) {
  for (std::int64_t row = 0; row < data.size(); ++row) {
    std::vector<tern::Tensor> out(data.fields().size());
    const tern::Status status = data.read(row, out);
    TERN_CHECK(status.ok(), "{}", status.to_string());
    sums.insert(sums.end(), out.begin(), out.end());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  tern::CsvOptions options = options_of(data[0]);
  const auto csv = tern::parse_csv(text, "fuzz", options);
  if (!csv.ok()) {
    TERN_CHECK(csv.status().message().starts_with("fuzz:"), "{}", csv.status().message());
    return 0;
  }
  TERN_CHECK(csv->data.size() > 0);
  std::vector<tern::Tensor> rows, again;
  read_all(csv->data, rows);

  auto schema = tern::parse_csv_schema(tern::to_json(csv->schema));
  TERN_CHECK(schema.ok(), "{}", schema.status().to_string());
  // Bytes that are no UTF-8 do not survive JSON.
  if (!(*schema == csv->schema)) return 0;
  options.schema = *std::move(schema);
  const auto same = tern::parse_csv(text, "fuzz", options);
  TERN_CHECK(same.ok(), "{}", same.status().to_string());
  read_all(same->data, again);
  TERN_CHECK(rows.size() == again.size());
  for (std::size_t i = 0; i < rows.size(); ++i) TERN_CHECK(identical(rows[i], again[i]));
  return 0;
}
