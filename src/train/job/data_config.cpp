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
  } else if (config.format != DataFormat::kNpy) {
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

void read_image_options(ConfigReader& r, DataConfig& config) {
  ImageRowOptions& image = config.image;
  const std::vector<std::int64_t> size =
      r.integers("size", std::vector<std::int64_t>(), {.min = 1, .max = 65'535});
  if (size.size() > 2) r.reject("size", "height and width are expected, or one number for both");
  if (!size.empty()) {
    image.height = size.front();
    image.width = size.back();
  }
  image.fit = r.choice<ImageFit>(
      "fit", image.fit,
      {{"crop", ImageFit::kCrop}, {"pad", ImageFit::kPad}, {"stretch", ImageFit::kStretch}});
  image.decode.format = r.choice<PixelFormat>(
      "color", PixelFormat::kRgb,
      {{"rgb", PixelFormat::kRgb}, {"bgr", PixelFormat::kBgr}, {"gray", PixelFormat::kGray}});
  image.tensor.scale = 1;  // bytes as they are: what scales them becomes part of the model
  config.classes = r.texts("classes", std::vector<std::string>());
}

}  // namespace

DataConfig read_data_config(ConfigReader& section, const ConfigNode* node,
                            const std::string& folder, std::uint64_t seed) {
  DataConfig config{.split_seed = seed};
  PathReader paths(node, folder);
  config.format = section.choice<DataFormat>("type", kRequired,
                                             {{"csv", DataFormat::kCsv},
                                              {"idx", DataFormat::kIdx},
                                              {"images", DataFormat::kImages},
                                              {"npy", DataFormat::kNpy}});
  config.threads =
      static_cast<int>(section.integer("threads", config.threads, {.min = 1, .max = 64}));
  switch (config.format) {
    case DataFormat::kCsv:
      config.files.path = paths.read(section, "path", kRequired);
      read_csv_options(section, config.csv);
      break;
    case DataFormat::kIdx: {
      const std::string directory = paths.read(section, "path", kRequired);
      config.files = read_idx_files(section, directory, false);
      config.files.path = directory;
      break;
    }
    case DataFormat::kImages:
      config.files.path = paths.read(section, "path", kRequired);
      read_image_options(section, config);
      break;
    case DataFormat::kNpy:
      config.files.inputs = paths.read(section, "inputs", kRequired);
      config.files.labels = paths.read(section, "labels", kRequired);
      break;
  }
  read_validation(section, paths, config);
  return config;
}

}  // namespace tern::train
