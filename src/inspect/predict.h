// Runs a model on the rows of files and says what it makes of each.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "inspect/input_rows.h"
#include "tern/session.h"

namespace tern::inspect {

struct PredictOptions {
  std::string model;
  std::vector<std::string> inputs;  ///< files and folders, as open_input_rows() takes them
  std::string output;               ///< the output to show; empty: the first
  /// Names of the classes; empty: the model's metadata "labels", a JSON array of strings.
  std::vector<std::string> labels;
  /// How many classes to tell per row; unset: 5 where the model classifies. Given, its output is
  /// taken for scores of classes.
  std::optional<int> top;
  std::int64_t batch = 32;  ///< rows of a run, where the model leaves them open
  RowChoices rows;          ///< `classes` is taken from the labels
  SessionOptions session;
};

struct ClassScore {
  std::int64_t index = 0;
  std::string label;  ///< the name, or the number as text
  double score = 0;
};

struct RowPrediction {
  std::string input;            ///< the file, or "file[row]"
  std::vector<ClassScore> top;  ///< the highest first; empty where the model does not classify
  Tensor output;                ///< of this row, without the axis of rows
  std::optional<double> label;  ///< what the data say: the number of a class, or a number
  std::optional<std::string> wanted;  ///< the same as text
};

struct PredictSummary {
  std::int64_t rows = 0;
  bool classifies = false;
  std::int64_t labelled = 0;
  std::int64_t correct = 0;           ///< of those, where the model classifies
  double mean_absolute_error = 0;     ///< of those, elsewhere
  double root_mean_square_error = 0;  ///< of those, elsewhere
};

/// Calls `on_row` with every row in order; its failure ends the prediction. Where a model has one
/// output per row and two labels, that output is the score of the second.
///
/// A model classifies when `top` is given, when it has as many outputs per row as labels, or when
/// its first rows are probabilities: at least two, none negative, with sum 1.
Result<PredictSummary> predict(
    const PredictOptions& options,
    const std::function<Status(const RowPrediction&, std::int64_t total)>& on_row);

}  // namespace tern::inspect
