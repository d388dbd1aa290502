#include "base/errors.h"
#include "train/job/data_config.h"

namespace tern::train {
namespace {

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

Result<TrainingData> open_image_data(const DataConfig& config) {
  TERN_ASSIGN_OR_RETURN(const Dataset train,
                        open_image_folder(config.files.path, config.image, config.classes));
  if (train.size() == 0) return invalid_argument("{}: there are no images", config.files.path);
  const DataField& input = train.fields()[0];
  TrainingData data{.train = train, .image = config.image};
  // What the first image decided, too.
  data.image->height = input.shape[1];
  data.image->width = input.shape[2];
  if (config.validation_files) {
    TERN_ASSIGN_OR_RETURN(data.validation,
                          open_image_folder(config.validation_files->path, *data.image,
                                            train.fields().back().classes));
  }
  return data;
}

// A model of gray, coloured or transparent images that takes bytes as they are; what `tern predict`
// has to know of it.
std::optional<ImageRowOptions> image_options_of(const Shape& row) {
  if (row.rank() != 3 || (row[0] != 1 && row[0] != 3 && row[0] != 4)) return std::nullopt;
  ImageRowOptions image{.height = row[1], .width = row[2]};
  image.decode.format = row[0] == 1   ? PixelFormat::kGray
                        : row[0] == 3 ? PixelFormat::kRgb
                                      : PixelFormat::kRgba;
  image.tensor.scale = 1;
  return image;
}

Result<Dataset> open_arrays(DataFormat format, const DataFiles& files, const Shape& shape) {
  if (format == DataFormat::kNpy) return open_npy(files.inputs, files.labels);
  // Bytes as they are: what scales them becomes part of the model.
  return open_idx(files.inputs, files.labels, {.scale = 1, .shape = shape});
}

}  // namespace

Result<TrainingData> open_data(const DataConfig& config, const Shape& shape) {
  TrainingData data;
  if (config.format == DataFormat::kCsv) {
    TERN_ASSIGN_OR_RETURN(data, open_csv_data(config, shape));
  } else if (config.format == DataFormat::kImages) {
    if (!shape.empty()) return invalid_argument("input.shape: images have data.size");
    TERN_ASSIGN_OR_RETURN(data, open_image_data(config));
  } else {
    TERN_ASSIGN_OR_RETURN(data.train, open_arrays(config.format, config.files, shape));
    if (config.validation_files) {
      TERN_ASSIGN_OR_RETURN(data.validation,
                            open_arrays(config.format, *config.validation_files, shape));
    }
    if (config.format == DataFormat::kIdx) {
      data.image = image_options_of(data.train.fields()[0].shape);
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
