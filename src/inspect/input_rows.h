// Files that people have as rows of a model's input: .npy, .csv (also .gz), images, folders of
// images.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "inspect/image_input.h"
#include "tern/dataset.h"
#include "tern/session.h"

namespace tern::inspect {

struct RowChoices {
  ImageChoices image;
  std::string label;                ///< of a CSV file: the column of labels, as CsvOptions::label
  std::vector<std::string> ignore;  ///< of a CSV file: columns to leave out
  /// Names of the model's classes; labels are looked up in them. Empty: a label is a number, that
  /// of the class or what a regression should give.
  std::vector<std::string> classes;
};

struct InputRows {
  std::string path;
  Dataset data;                    ///< "input", and "label" where there are labels
  std::vector<std::string> names;  ///< of the rows; empty: they are called by path and number

  std::string name_of(std::int64_t row) const;
};

/// Opens what `path` names. `metadata` are the model's: the keys "csv_schema" and "image_input" say
/// how its training made inputs of such files. The rows still need to_input().
Result<InputRows> open_input_rows(const std::string& path, const IoInfo& input,
                                  const std::map<std::string, std::string>& metadata,
                                  const RowChoices& choices);
/// Image files, as one.
Result<InputRows> open_image_rows(std::vector<std::string> paths, const IoInfo& input,
                                  const std::map<std::string, std::string>& metadata,
                                  const RowChoices& choices);

/// Rows in the dtype and shape that the input declares, sizes of its first axis excepted: [3,64]
/// becomes [3,1,8,8]. kInvalidArgument when the numbers of a row do not suffice or are too many.
Result<Tensor> to_input(const Tensor& rows, const IoInfo& input);

/// All rows of a file as one tensor for the input.
Result<Tensor> read_input(const std::string& path, const IoInfo& input,
                          const std::map<std::string, std::string>& metadata,
                          const RowChoices& choices);

}  // namespace tern::inspect
