#include "inspect/predict_report.h"

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "tensor/element.h"
#include "tensor/npy.h"

namespace tern::inspect {
namespace {

constexpr std::int64_t kShownNumbers = 8;

/// A score as a share where it can be one.
std::string score_text(double score) {
  return score >= 0 && score <= 1 ? fmt::format("{:.1f} %", 100 * score)
                                  : fmt::format("{:.4g}", score);
}

/// RFC 4180: quotes around what would not be one cell without.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos && text == trim(text)) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

void write_row(JsonWriter& json, const RowPrediction& row) {
  json.begin_object();
  json.field("input", row.input);
  if (!row.top.empty()) {
    json.key("top");
    json.begin_array();
    for (const ClassScore& entry : row.top) {
      json.begin_object();
      json.field("class", entry.index);
      json.field("label", entry.label);
      json.field("score", entry.score);
      json.end_object();
    }
    json.end_array();
  } else {
    json.key("output");
    json.begin_array();
    const LoadF64 load = load_f64(row.output.dtype());
    for (std::int64_t i = 0; i < row.output.elements(); ++i) json.value(load(row.output.raw(), i));
    json.end_array();
  }
  if (row.wanted) json.field("label", *row.wanted);
  json.end_object();
}

std::string csv_header(const RowPrediction& row) {
  std::string line = "input";
  if (!row.top.empty()) line += ",class,score";
  if (row.wanted) line += ",label";
  for (std::int64_t i = 0; i < row.output.elements(); ++i) line += fmt::format(",output{}", i);
  return line + '\n';
}

}  // namespace

std::string to_line(const RowPrediction& row) {
  std::string line = row.input;
  if (row.top.empty()) {
    line += "  " + row.output.to_string(kShownNumbers);
    if (row.wanted) line += "  label " + *row.wanted;
    return line;
  }
  line += fmt::format("  {}  {}", row.top[0].label, score_text(row.top[0].score));
  std::string others;
  for (std::size_t i = 1; i < row.top.size(); ++i) {
    others +=
        fmt::format("{}{} {}", i == 1 ? "" : ", ", row.top[i].label, score_text(row.top[i].score));
  }
  if (!others.empty()) line += fmt::format("  ({})", others);
  if (row.wanted && static_cast<double>(row.top[0].index) != *row.label) {
    line += "  wrong, label " + *row.wanted;
  }
  return line;
}

std::string to_line(const PredictSummary& summary) {
  std::string line = fmt::format("{} row{}", summary.rows, summary.rows == 1 ? "" : "s");
  if (summary.labelled == 0) return line;
  if (summary.classifies) {
    return line + fmt::format(", accuracy {:.2f} % ({} of {})",
                              100.0 * static_cast<double>(summary.correct) /
                                  static_cast<double>(summary.labelled),
                              summary.correct, summary.labelled);
  }
  return line + fmt::format(", mean absolute error {:.4g}, root mean square error {:.4g}",
                            summary.mean_absolute_error, summary.root_mean_square_error);
}

PredictJson::PredictJson(const std::string& model) {
  text_ = fmt::format("{{\"model\":{},\"rows\":[", json_quoted(model));
}

void PredictJson::add(const RowPrediction& row) {
  if (text_.back() != '[') text_ += ',';
  JsonWriter json(text_);
  write_row(json, row);
}

std::string PredictJson::finish(const PredictSummary& summary) {
  text_ += "],\"summary\":";
  JsonWriter json(text_);
  json.begin_object();
  json.field("rows", summary.rows);
  json.field("classifies", summary.classifies);
  json.field("labelled", summary.labelled);
  if (summary.labelled > 0 && summary.classifies) {
    json.field("correct", summary.correct);
    json.field("accuracy",
               static_cast<double>(summary.correct) / static_cast<double>(summary.labelled));
  } else if (summary.labelled > 0) {
    json.field("mean_absolute_error", summary.mean_absolute_error);
    json.field("root_mean_square_error", summary.root_mean_square_error);
  }
  json.end_object();
  return std::move(text_) + '}';
}

Result<PredictFile> PredictFile::create(const std::string& path) {
  PredictFile file;
  file.path_ = path;
  file.npy_ = to_lower(file_extension(path)) == ".npy";
  if (!file.npy_ && to_lower(file_extension(path)) != ".csv") {
    return invalid_argument("{}: predictions are written as .npy or .csv", path);
  }
  return file;
}

Status PredictFile::add(const RowPrediction& row) {
  if (!rows_.empty() && !(rows_[0].shape() == row.output.shape())) {
    return invalid_argument("{}: the output of {} is {}, of rows before {}", path_, row.input,
                            row.output.shape().to_string(), rows_[0].shape().to_string());
  }
  if (npy_) {
    // A copy: the row is part of the batch that it came with.
    TERN_ASSIGN_OR_RETURN(Tensor copy, row.output.clone());
    rows_.push_back(std::move(copy));
    return {};
  }
  if (rows_.empty()) {
    rows_.push_back(row.output);
    csv_ = csv_header(row);
  }
  csv_ += csv_cell(row.input);
  if (!row.top.empty()) {
    csv_ += fmt::format(",{},{}", csv_cell(row.top[0].label), row.top[0].score);
  }
  if (row.wanted) csv_ += ',' + csv_cell(*row.wanted);
  for (std::int64_t i = 0; i < row.output.elements(); ++i) {
    csv_ += ',' + element_to_string(row.output, i);
  }
  csv_ += '\n';
  return {};
}

Status PredictFile::write() const {
  if (!npy_) return write_file_atomically(path_, csv_);
  if (rows_.empty()) return failed_precondition("{}: there is no row to write", path_);
  std::vector<std::int64_t> dims{static_cast<std::int64_t>(rows_.size())};
  dims.insert(dims.end(), rows_[0].shape().begin(), rows_[0].shape().end());
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  TERN_ASSIGN_OR_RETURN(Tensor all, Tensor::uninitialized(rows_[0].dtype(), shape));
  auto* to = static_cast<std::byte*>(all.mutable_raw());
  for (const Tensor& row : rows_) {
    if (row.bytes() > 0) std::memcpy(to, row.raw(), row.bytes());
    to += row.bytes();
  }
  return write_npy(path_, all);
}

}  // namespace tern::inspect
