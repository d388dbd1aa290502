// Which images a folder holds, for those who want to name them.
#pragma once

#include <string>
#include <vector>

#include "tern/data_files.h"

namespace tern {

struct LabelledImage {
  std::string path;
  std::int64_t label = 0;
};

struct ImageFolder {
  std::vector<LabelledImage> images;
  std::vector<std::string> classes;  ///< empty: there are no labels
};

/// As open_image_folder() does; reads no image. Hidden files and folders do not count.
Result<ImageFolder> list_image_folder(const std::string& path, std::vector<std::string> classes);

/// A row per image, in that order.
Result<Dataset> dataset_of(ImageFolder folder, const ImageRowOptions& options);

}  // namespace tern
