// Predictions for people, for scripts, and as files.
#pragma once

#include <string>
#include <vector>

#include "inspect/predict.h"

namespace tern::inspect {

/// One line without its end: the input, the class with its score and those behind it, or the first
/// numbers of the output; what the data say, where that differs.
std::string to_line(const RowPrediction& row);
/// "1797 rows, accuracy 98.55 % (1771 of 1797)"
std::string to_line(const PredictSummary& summary);

/// Collects predictions as one JSON object: {"model":...,"rows":[...],"summary":{...}}.
class PredictJson {
 public:
  explicit PredictJson(const std::string& model);
  void add(const RowPrediction& row);
  /// The document; nothing may be added afterwards.
  std::string finish(const PredictSummary& summary);

 private:
  std::string text_;
};

/// Collects outputs for a file: .npy has them as one array, .csv a line per row with the input, the
/// class and its score where the model classifies, the label where there is one, and every number.
class PredictFile {
 public:
  /// kInvalidArgument unless the path ends in .npy or .csv.
  static Result<PredictFile> create(const std::string& path);
  /// kInvalidArgument for an output of another shape than those before.
  Status add(const RowPrediction& row);
  /// Replaces the file in one step.
  Status write() const;

 private:
  std::string path_;
  bool npy_ = false;
  std::string csv_;
  std::vector<Tensor> rows_;
};

}  // namespace tern::inspect
