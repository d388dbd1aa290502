#include "base/errors.h"
#include "base/file.h"
#include "tensor/element.h"
#include "tern/data_files.h"

namespace tern {
namespace {

// A cell by RFC 4180: in quotes where it would be read as something else.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos && !text.starts_with(' ') &&
      !text.ends_with(' ')) {
    return text;
  }
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

void append_cells(const DataField& field, const Tensor& tensor, std::string& line) {
  const LoadF64 load = load_f64(tensor.dtype());
  for (std::int64_t i = 0; i < tensor.elements(); ++i) {
    if (!line.empty()) line += ',';
    const double value = load(tensor.raw(), i);
    const auto index = static_cast<std::size_t>(value);
    if (value >= 0 && index < field.classes.size() && !field.classes[index].empty()) {
      line += quoted(field.classes[index]);
    } else if (tensor.dtype() == DType::kF32) {
      line += fmt::format("{}", static_cast<float>(value));
    } else {
      line += fmt::format("{}", value);
    }
  }
}

}  // namespace

Status save_csv(const Dataset& data, const std::string& path) {
  for (const DataField& field : data.fields()) {
    if (load_f64(field.dtype) == nullptr) {
      return invalid_argument("{}: field {} of {} cannot be written as numbers", path, field.name,
                              to_string(field.dtype));
    }
  }
  TERN_ASSIGN_OR_RETURN(AtomicFileWriter file, AtomicFileWriter::create(path));
  std::vector<Tensor> row(data.fields().size());
  for (std::int64_t i = 0; i < data.size(); ++i) {
    TERN_TRY(data.read(i, row));
    std::string line;
    for (std::size_t f = 0; f < row.size(); ++f) append_cells(data.fields()[f], row[f], line);
    TERN_TRY(file.append(line + '\n'));
  }
  return file.commit();
}

}  // namespace tern
