#include "inspect/input_rows.h"

#include <algorithm>

#include "base/checked_math.h"
#include "base/compress.h"
#include "base/errors.h"
#include "base/strings.h"
#include "tensor/element.h"
#include "tensor/npy.h"
#include "train/data/image_folder.h"

namespace tern::inspect {
namespace {

enum class FileKind { kNpy, kCsv, kImage, kFolder };

Result<FileKind> kind_of(const std::string& path) {
  if (is_directory(path)) return FileKind::kFolder;
  std::string name = to_lower(base_name(path));
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (name.ends_with(".npy")) return FileKind::kNpy;
  if (name.ends_with(".csv") || name.ends_with(".tsv")) return FileKind::kCsv;
  if (has_image_extension(path)) return FileKind::kImage;
  // What does not exist is that, whatever it is called.
  TERN_TRY(file_info(path).status());
  return invalid_argument("{}: inputs are .npy, .csv, .csv.gz, images or folders of images", path);
}

Result<Dataset> open_npy_rows(const std::string& path, const IoInfo& input) {
  TERN_ASSIGN_OR_RETURN(const std::string content, read_file_unzipped(path, kMaxDataBytes));
  Result<Tensor> rows = parse_npy(std::as_bytes(std::span<const char>(content)));
  if (!rows.ok()) return std::move(rows).status().with_context(path);
  // A single row may come without the axis that counts rows.
  const bool one_row =
      rows->rank() == 0 || (input.type.has_rank && rows->rank() + 1 == input.type.rank());
  if (one_row) {
    std::vector<std::int64_t> dims{1};
    dims.insert(dims.end(), rows->shape().begin(), rows->shape().end());
    TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
    TERN_ASSIGN_OR_RETURN(rows, rows->reshape(shape));
  }
  return Dataset::from_tensors({{std::string(kInputField), *rows}});
}

Result<Dataset> open_csv_rows(const std::string& path,
                              const std::map<std::string, std::string>& metadata,
                              const RowChoices& choices) {
  CsvOptions options{.label = choices.label, .classes = choices.classes, .ignore = choices.ignore};
  if (choices.classes.empty()) options.label_kind = LabelKind::kNumber;
  const auto stated = metadata.find("csv_schema");
  if (stated != metadata.end() && choices.ignore.empty()) {
    TERN_ASSIGN_OR_RETURN(options.schema, parse_csv_schema(stated->second));
    options.missing = MissingValues::kMean;
  }
  TERN_ASSIGN_OR_RETURN(CsvDataset csv, open_csv(path, options));
  return csv.data;
}

/// Labels of a folder of images, as classes of the model. Unless all are known they are dropped.
void match_classes(ImageFolder& folder, const std::vector<std::string>& classes) {
  std::vector<std::int64_t> to;
  for (const std::string& name : folder.classes) {
    const auto found = std::ranges::find(classes, name);
    if (found == classes.end()) {
      folder.classes.clear();
      return;
    }
    to.push_back(found - classes.begin());
  }
  for (LabelledImage& image : folder.images) {
    image.label = to[static_cast<std::size_t>(image.label)];
  }
  folder.classes = classes;
}

Result<InputRows> open_images_of(ImageFolder folder, std::string path, const IoInfo& input,
                                 const std::map<std::string, std::string>& metadata,
                                 const ImageChoices& choices) {
  TERN_ASSIGN_OR_RETURN(const ImageRowOptions options, image_options_for(input, metadata, choices));
  InputRows rows{.path = std::move(path)};
  for (const LabelledImage& image : folder.images) rows.names.push_back(image.path);
  TERN_ASSIGN_OR_RETURN(rows.data, dataset_of(std::move(folder), options));
  return rows;
}

Status does_not_fit(const Tensor& rows, const IoInfo& input) {
  return invalid_argument("input {} is {}, which rows of {} do not fit", input.name, input.text,
                          Shape(rows.shape().dims().subspan(1)).to_string());
}

/// The sizes behind the first axis.
Result<Shape> row_shape(const Tensor& rows, const IoInfo& input) {
  const Shape given(rows.shape().dims().subspan(1));
  if (!input.type.has_rank) return given;
  const std::vector<Dim>& dims = input.type.shape;
  if (dims.empty()) return does_not_fit(rows, input);
  const bool same_rank = dims.size() == rows.shape().size();
  Shape shape;
  std::optional<int> open;
  std::int64_t known = 1;
  for (std::size_t i = 1; i < dims.size(); ++i) {
    const int axis = static_cast<int>(i) - 1;
    shape.push_back(dims[i].known() ? dims[i].value() : same_rank ? given[axis] : 1);
    if (!dims[i].known() && !same_rank) {
      if (open) return does_not_fit(rows, input);
      open = axis;
    }
    const auto product = checked_mul<std::int64_t>(known, shape[axis]);
    if (!product) return does_not_fit(rows, input);
    known = *product;
  }
  if (open && known > 0 && given.elements() % known == 0) shape[*open] = given.elements() / known;
  if (shape.elements() != given.elements()) return does_not_fit(rows, input);
  return shape;
}

/// The numbers in another type; whole numbers go to whole numbers exactly.
Result<Tensor> in_dtype(const Tensor& tensor, DType dtype) {
  if (tensor.dtype() == dtype || dtype == DType::kUndefined) return tensor;
  const LoadF64 load = load_f64(tensor.dtype());
  const StoreF64 store = store_f64(dtype);
  if (load == nullptr || store == nullptr) {
    return invalid_argument("{} cannot become {}", to_string(tensor.dtype()), to_string(dtype));
  }
  TERN_ASSIGN_OR_RETURN(Tensor out, Tensor::uninitialized(dtype, tensor.shape()));
  const bool whole = !is_floating(tensor.dtype()) && !is_floating(dtype);
  const LoadI64 load_whole = load_i64(tensor.dtype());
  const StoreI64 store_whole = store_i64(dtype);
  for (std::int64_t i = 0, n = tensor.elements(); i < n; ++i) {
    if (whole) {
      store_whole(out.mutable_raw(), i, load_whole(tensor.raw(), i));
    } else {
      store(out.mutable_raw(), i, load(tensor.raw(), i));
    }
  }
  return out;
}

}  // namespace

std::string InputRows::name_of(std::int64_t row) const {
  if (!names.empty()) return names[static_cast<std::size_t>(row)];
  return data.size() == 1 ? path : fmt::format("{}[{}]", path, row);
}

Result<InputRows> open_image_rows(std::vector<std::string> paths, const IoInfo& input,
                                  const std::map<std::string, std::string>& metadata,
                                  const RowChoices& choices) {
  ImageFolder folder;
  for (std::string& path : paths) folder.images.push_back({.path = std::move(path)});
  return open_images_of(std::move(folder), "", input, metadata, choices.image);
}

Result<InputRows> open_input_rows(const std::string& path, const IoInfo& input,
                                  const std::map<std::string, std::string>& metadata,
                                  const RowChoices& choices) {
  TERN_ASSIGN_OR_RETURN(const FileKind kind, kind_of(path));
  if (kind == FileKind::kImage) return open_image_rows({path}, input, metadata, choices);
  if (kind == FileKind::kFolder) {
    TERN_ASSIGN_OR_RETURN(ImageFolder folder, list_image_folder(path, {}));
    match_classes(folder, choices.classes);
    return open_images_of(std::move(folder), path, input, metadata, choices.image);
  }
  InputRows rows{.path = path};
  if (kind == FileKind::kNpy) {
    TERN_ASSIGN_OR_RETURN(rows.data, open_npy_rows(path, input));
  } else {
    TERN_ASSIGN_OR_RETURN(rows.data, open_csv_rows(path, metadata, choices));
  }
  return rows;
}

Result<Tensor> to_input(const Tensor& rows, const IoInfo& input) {
  if (rows.rank() == 0) return does_not_fit(*rows.reshape({1}), input);
  TERN_ASSIGN_OR_RETURN(const Shape row, row_shape(rows, input));
  std::vector<std::int64_t> dims{rows.dim(0)};
  dims.insert(dims.end(), row.begin(), row.end());
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  TERN_ASSIGN_OR_RETURN(const Tensor shaped, rows.reshape(shape));
  Result<Tensor> converted = in_dtype(shaped, input.type.dtype);
  if (!converted.ok()) {
    return std::move(converted).status().with_context(fmt::format("input {}", input.name));
  }
  return converted;
}

Result<Tensor> read_input(const std::string& path, const IoInfo& input,
                          const std::map<std::string, std::string>& metadata,
                          const RowChoices& choices) {
  TERN_ASSIGN_OR_RETURN(const InputRows rows, open_input_rows(path, input, metadata, choices));
  TERN_ASSIGN_OR_RETURN(
      DataLoader loader,
      DataLoader::create(rows.data, {.batch = std::max<std::int64_t>(rows.data.size(), 1)}));
  TERN_TRY(loader.start_epoch(0));
  TERN_ASSIGN_OR_RETURN(const auto batch, loader.next());
  if (!batch) return invalid_argument("{}: there is no row", path);
  Result<Tensor> tensor = to_input(batch->tensors[0], input);
  if (!tensor.ok()) return std::move(tensor).status().with_context(path);
  return tensor;
}

}  // namespace tern::inspect
