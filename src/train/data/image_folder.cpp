// Image files as datasets.
#include <algorithm>

#include "base/errors.h"
#include "base/file.h"
#include "train/data/image_folder.h"

namespace tern {
namespace {

constexpr int kMaxDepth = 32;

Status find_images(const std::string& folder, std::int64_t label, int depth,
                   std::vector<LabelledImage>& found) {
  if (depth > kMaxDepth) return invalid_argument("{}: folders in folders, over {}", folder, depth);
  TERN_ASSIGN_OR_RETURN(const std::vector<std::string> names, list_directory(folder));
  for (const std::string& name : names) {
    if (name.starts_with('.')) continue;
    const std::string path = join_path(folder, name);
    if (is_directory(path)) {
      TERN_TRY(find_images(path, label, depth + 1, found));
    } else if (has_image_extension(name)) {
      found.push_back({path, label});
    }
  }
  return {};
}

Result<std::vector<std::string>> subfolders(const std::string& folder) {
  TERN_ASSIGN_OR_RETURN(std::vector<std::string> names, list_directory(folder));
  std::erase_if(names, [&](const std::string& name) {
    return name.starts_with('.') || !is_directory(join_path(folder, name));
  });
  return names;
}

class ImageSource final : public DatasetSource {
 public:
  ImageSource(std::vector<DataField> fields, std::vector<LabelledImage> images,
              ImageRowOptions options)
      : fields_(std::move(fields)), images_(std::move(images)), options_(std::move(options)) {}

  std::span<const DataField> fields() const override { return fields_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(images_.size()); }

  Status read(std::int64_t row, std::span<Tensor> out) const override {
    const LabelledImage& image = images_[static_cast<std::size_t>(row)];
    Status read = read_pixels(image.path, out[0]);
    if (!read.ok()) return std::move(read).with_context(image.path);
    if (out.size() > 1) *out[1].mutable_data<std::int64_t>() = image.label;
    return {};
  }

 private:
  Status read_pixels(const std::string& path, Tensor& out) const {
    TERN_ASSIGN_OR_RETURN(const std::string content, read_file(path));
    TERN_ASSIGN_OR_RETURN(
        const Image image,
        decode_image(std::as_bytes(std::span<const char>(content)), options_.decode));
    TERN_ASSIGN_OR_RETURN(const Image fitted,
                          fit_image(image, options_.height, options_.width, options_.fit,
                                    options_.resize, options_.fill));
    return write_tensor(fitted, options_.tensor, out);
  }

  std::vector<DataField> fields_;
  std::vector<LabelledImage> images_;
  ImageRowOptions options_;
};

}  // namespace

Result<ImageFolder> list_image_folder(const std::string& path, std::vector<std::string> classes) {
  ImageFolder folder{.classes = std::move(classes)};
  if (folder.classes.empty()) {
    TERN_ASSIGN_OR_RETURN(folder.classes, subfolders(path));
  }
  for (std::size_t i = 0; i < folder.classes.size(); ++i) {
    TERN_TRY(find_images(join_path(path, folder.classes[i]), static_cast<std::int64_t>(i), 1,
                         folder.images));
  }
  if (folder.classes.empty()) TERN_TRY(find_images(path, 0, 1, folder.images));
  if (folder.images.empty()) return data_loss("{}: there is no image", path);
  return folder;
}

Result<Dataset> dataset_of(ImageFolder folder, const ImageRowOptions& options) {
  ImageRowOptions chosen = options;
  chosen.decode.format = options.decode.format.value_or(PixelFormat::kRgb);
  if (folder.images.empty()) return invalid_argument("a dataset of no images");
  if (chosen.height == 0 || chosen.width == 0) {
    TERN_ASSIGN_OR_RETURN(const Image first, read_image(folder.images[0].path, chosen.decode));
    if (chosen.height == 0) chosen.height = first.height();
    if (chosen.width == 0) chosen.width = first.width();
  }
  // A sample says what rows look like, and whether the options can be.
  TERN_ASSIGN_OR_RETURN(const Image sample,
                        Image::create(chosen.height, chosen.width, *chosen.decode.format));
  TERN_ASSIGN_OR_RETURN(const Tensor row, to_tensor(sample, chosen.tensor));
  std::vector<DataField> fields{{.name = std::string(kInputField),
                                 .dtype = row.dtype(),
                                 .shape = Shape(row.shape().dims().subspan(1))}};
  if (!folder.classes.empty()) {
    fields.push_back(
        {.name = std::string(kLabelField), .dtype = DType::kI64, .classes = folder.classes});
  }
  return Dataset(std::make_shared<ImageSource>(std::move(fields), std::move(folder.images),
                                               std::move(chosen)));
}

Result<Dataset> open_images(std::vector<std::string> paths, const ImageRowOptions& options) {
  ImageFolder folder;
  for (std::string& path : paths) folder.images.push_back({.path = std::move(path)});
  return dataset_of(std::move(folder), options);
}

Result<Dataset> open_image_folder(const std::string& path, const ImageRowOptions& options,
                                  std::vector<std::string> classes) {
  TERN_ASSIGN_OR_RETURN(ImageFolder folder, list_image_folder(path, std::move(classes)));
  return dataset_of(std::move(folder), options);
}

}  // namespace tern
