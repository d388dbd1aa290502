#include "train/job/data_config.h"

#include "base/errors.h"
#include "base/file.h"

namespace tern::train {
namespace {

using config::ConfigNode;
using config::ConfigReader;
using config::kRequired;

// Reads paths: those that stand in the configuration file are taken from its folder, those given
// on the command line from the current one.
class PathReader {
 public:
  PathReader(const ConfigNode* node, std::string folder)
      : node_(node), folder_(std::move(folder)) {}

  std::string read(ConfigReader& r, std::string_view key, config::Fallback<std::string> fallback) {
    const std::string path = r.text(key, std::move(fallback));
    const ConfigNode* value = node_ == nullptr ? nullptr : node_->find(key);
    const bool in_file = value == nullptr || value->origin.line > 0;
    return path.empty() || !in_file ? path : join_path(folder_, path);
  }
  PathReader section(std::string_view key) const {
    return {node_ == nullptr ? nullptr : node_->find(key), folder_};
  }

 private:
  const ConfigNode* node_;
  std::string folder_;
};

// The first of these files that exists, with or without .gz; the first name when none does.
std::string find_file(const std::string& folder, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const std::string plain = join_path(folder, name);
    if (file_exists(plain)) return plain;
    if (file_exists(plain + ".gz")) return plain + ".gz";
  }
  return join_path(folder, *names.begin());
}

// The two files of an IDX dataset in `folder`, by MNIST's names unless others are given.
DataFiles read_idx_files(ConfigReader& r, const std::string& folder, bool validation) {
  const std::string images = r.text("images", "");
  const std::string labels = r.text("labels", "");
  DataFiles files;
  files.inputs = !images.empty() ? join_path(folder, images)
                 : validation
                     ? find_file(folder, {"t10k-images-idx3-ubyte", "test-images-idx3-ubyte"})
                     : find_file(folder, {"train-images-idx3-ubyte"});
  files.labels = !labels.empty() ? join_path(folder, labels)
                 : validation
                     ? find_file(folder, {"t10k-labels-idx1-ubyte", "test-labels-idx1-ubyte"})
                     : find_file(folder, {"train-labels-idx1-ubyte"});
  return files;
}

void read_csv_options(ConfigReader& r, CsvOptions& csv) {
  csv.label = r.text("label", "last");
  csv.label_kind = r.choice<LabelKind>(
      "labels", csv.label_kind, {{"classes", LabelKind::kClass}, {"numbers", LabelKind::kNumber}});
  const std::string separator = r.text("separator", "");
  if (separator == "\\t" || separator == "tab") {
    csv.separator = '\t';
  } else if (separator.size() > 1) {
    r.reject("separator", "a single character is expected, or tab");
  } else if (!separator.empty()) {
    csv.separator = separator[0];
  }
  if (r.has("header")) csv.header = r.boolean("header", false);
  csv.comment = r.text("comment", "");
  csv.classes = r.texts("classes", std::vector<std::string>());
  csv.ignore = r.texts("ignore", std::vector<std::string>());
  csv.text = r.choice<TextColumns>("text", csv.text,
                                   {{"error", TextColumns::kError},
                                    {"one_hot", TextColumns::kOneHot},
                                    {"ignore", TextColumns::kIgnore}});
  csv.missing = r.choice<MissingValues>("missing", csv.missing,
                                        {{"error", MissingValues::kError},
                                         {"drop_row", MissingValues::kDropRow},
                                         {"mean", MissingValues::kMean},
                                         {"zero", MissingValues::kZero}});
}

void read_validation(ConfigReader& r, PathReader paths, DataConfig& config) {
  ConfigReader section = r.map("validation");
  config.validation_fraction = section.number("fraction", 0, {.min = 0, .below = 1});
  config.split_seed = static_cast<std::uint64_t>(
      section.integer("seed", static_cast<std::int64_t>(config.split_seed), {.min = 0}));
  config.validation_save = section.text("save", "");
  if (!config.validation_save.empty() && config.validation_fraction == 0) {
    r.reject("validation", "save is for rows that a fraction holds out");
  }
  PathReader inner = paths.section("validation");
  DataFiles files;
  bool given = false;
  if (config.format == DataFormat::kIdx) {
    given = section.has("images") || section.has("labels");
    files = read_idx_files(section, config.files.path, true);
  } else if (config.format == DataFormat::kCsv) {
    files.path = inner.read(section, "path", "");
    given = !files.path.empty();
  } else {
    files.inputs = inner.read(section, "inputs", "");
    files.labels = inner.read(section, "labels", "");
    given = !files.inputs.empty() || !files.labels.empty();
  }
  if (config.validation_fraction > 0) {
    if (given) r.reject("validation", "either a fraction or files");
  } else if (given || (config.format == DataFormat::kIdx && file_exists(files.inputs))) {
    config.validation_files = std::move(files);
  }
}

Result<CsvDataset> open_csv_file(const DataFiles& files, CsvOptions options, const Shape& shape) {
  options.shape = shape;
  return open_csv(files.path, options);
}

Result<TrainingData> open_csv_data(const DataConfig& config, const Shape& shape) {
  TERN_ASSIGN_OR_RETURN(CsvDataset train, open_csv_file(config.files, config.csv, shape));
  TrainingData data{.train = train.data, .schema = train.schema};
  if (config.validation_files) {
    CsvOptions options = config.csv;
    options.schema = train.schema;
    TERN_ASSIGN_OR_RETURN(const CsvDataset other,
                          open_csv_file(*config.validation_files, options, shape));
    data.validation = other.data;
  }
  return data;
}

Result<Dataset> open_arrays(DataFormat format, const DataFiles& files, const Shape& shape) {
  if (format == DataFormat::kNpy) return open_npy(files.inputs, files.labels);
  // Bytes as they are: what scales them becomes part of the model.
  return open_idx(files.inputs, files.labels, {.scale = 1, .shape = shape});
}

}  // namespace

DataConfig read_data_config(ConfigReader& section, const ConfigNode* node,
                            const std::string& folder, std::uint64_t seed) {
  DataConfig config{.split_seed = seed};
  PathReader paths(node, folder);
  config.format = section.choice<DataFormat>(
      "type", kRequired,
      {{"csv", DataFormat::kCsv}, {"idx", DataFormat::kIdx}, {"npy", DataFormat::kNpy}});
  config.threads =
      static_cast<int>(section.integer("threads", config.threads, {.min = 1, .max = 64}));
  switch (config.format) {
    case DataFormat::kCsv:
      config.files.path = paths.read(section, "path", kRequired);
      read_csv_options(section, config.csv);
      break;
    case DataFormat::kIdx: {
      const std::string folder = paths.read(section, "path", kRequired);
      config.files = read_idx_files(section, folder, false);
      config.files.path = folder;
      break;
    }
    case DataFormat::kNpy:
      config.files.inputs = paths.read(section, "inputs", kRequired);
      config.files.labels = paths.read(section, "labels", kRequired);
      break;
  }
  read_validation(section, paths, config);
  return config;
}

Result<TrainingData> open_data(const DataConfig& config, const Shape& shape) {
  TrainingData data;
  if (config.format == DataFormat::kCsv) {
    TERN_ASSIGN_OR_RETURN(data, open_csv_data(config, shape));
  } else {
    TERN_ASSIGN_OR_RETURN(data.train, open_arrays(config.format, config.files, shape));
    if (config.validation_files) {
      TERN_ASSIGN_OR_RETURN(data.validation,
                            open_arrays(config.format, *config.validation_files, shape));
    }
  }
  if (config.validation_fraction > 0) {
    TERN_ASSIGN_OR_RETURN(DatasetSplit parts,
                          data.train.split(config.validation_fraction, config.split_seed));
    data.train = std::move(parts.rest);
    data.validation = std::move(parts.part);
  }
  if (data.train.size() == 0) return invalid_argument("the data have no rows to train with");
  if (data.validation && data.validation->size() == 0) data.validation.reset();
  return data;
}

}  // namespace tern::train
