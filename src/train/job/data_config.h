// The section `data` of a training configuration, and the datasets that it names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config_reader.h"
#include "tern/data_files.h"
#include "tern/dataset.h"

namespace tern::train {

enum class DataFormat : std::uint8_t { kCsv, kIdx, kImages, kNpy };

/// Files of one dataset; which of them are used depends on the format.
struct DataFiles {
  std::string path;    ///< csv: the file; idx: the folder of both; images: the folder
  std::string inputs;  ///< idx, npy
  std::string labels;  ///< idx, npy
};

struct DataConfig {
  DataFormat format = DataFormat::kCsv;
  DataFiles files;
  CsvOptions csv;                    ///< label, header, classes, ...
  ImageRowOptions image;             ///< images: size, colours
  std::vector<std::string> classes;  ///< images: the subfolders, in this order; empty: all
  std::optional<DataFiles> validation_files;
  double validation_fraction = 0;  ///< of the rows, drawn at random, when there are no files
  std::uint64_t split_seed = 0;
  std::string validation_save;  ///< CSV file that the rows held out are written to; empty: none
  int threads = 2;
};

/// `section` is the map `data`, `node` the same as a node (null when absent). Paths that come from
/// the file are taken from its `folder`.
DataConfig read_data_config(config::ConfigReader& section, const config::ConfigNode* node,
                            const std::string& folder, std::uint64_t seed);

struct TrainingData {
  Dataset train;
  std::optional<Dataset> validation = {};
  std::optional<CsvSchema> schema = {};       ///< of a CSV file
  std::optional<ImageRowOptions> image = {};  ///< of image files, or bytes that could be one
};

/// `shape` is that of one row of inputs; empty: as the source has it.
Result<TrainingData> open_data(const DataConfig& config, const Shape& shape);

}  // namespace tern::train
