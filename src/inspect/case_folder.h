// Case folders as ONNX's backend tests keep them: model.onnx beside test_data_set_0, _1, ... with
// input_0.pb, output_0.pb, ..., and perhaps a data.json with tolerances.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tern/session.h"
#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::inspect {

struct DataSet {
  std::string path;
  std::vector<Tensor> inputs;  // in the order of their numbers
  std::vector<Tensor> outputs;
};

struct CaseFolder {
  std::string name;   // of the folder
  std::string model;  // path of the model file
  std::vector<std::string> data_sets;
  std::optional<double> rtol;  // from data.json
  std::optional<double> atol;
};

/// Every case folder at or below `path`, sorted; a model file itself is a case too. Fails when
/// there is none.
Result<std::vector<CaseFolder>> find_cases(const std::string& path);

/// Reads input_i.pb and output_i.pb of one data set for a model with these inputs and outputs,
/// whose types say how the files are read.
Result<DataSet> read_data_set(const std::string& path, std::span<const IoInfo> inputs,
                              std::span<const IoInfo> outputs);

/// Writes the tensors of `set` into the folder `set.path`, which is made if it is missing.
Status write_data_set(const DataSet& set);

}  // namespace tern::inspect
