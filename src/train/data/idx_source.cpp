// IDX files (http://yann.lecun.com/exdb/mnist, "the IDX file format"): two zero bytes, the type,
// the rank, the sizes and then the elements, all big-endian.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/compress.h"
#include "base/errors.h"
#include "tern/data_files.h"
#include "train/data/label_field.h"

namespace tern {
namespace {

struct IdxType {
  unsigned code;
  DType dtype;
};
constexpr std::array<IdxType, 6> kTypes{{{0x08, DType::kU8},
                                         {0x09, DType::kI8},
                                         {0x0B, DType::kI16},
                                         {0x0C, DType::kI32},
                                         {0x0D, DType::kF32},
                                         {0x0E, DType::kF64}}};

unsigned byte_at(std::span<const std::byte> bytes, std::size_t i) {
  return std::to_integer<unsigned>(bytes[i]);
}

Result<Tensor> read_idx(const std::string& path, std::uint64_t max_bytes) {
  TERN_ASSIGN_OR_RETURN(const std::string content, read_file_unzipped(path, max_bytes));
  Result<Tensor> tensor = parse_idx(std::as_bytes(std::span<const char>(content)));
  if (!tensor.ok()) return std::move(tensor).status().with_context(path);
  return tensor;
}

// [N,H,W] becomes [N,1,H,W] unless another shape is wanted.
Result<Tensor> with_shape(const Tensor& images, const Shape& wanted) {
  Shape shape = images.shape();
  if (!wanted.empty()) {
    std::vector<std::int64_t> dims{images.dim(0)};
    dims.insert(dims.end(), wanted.begin(), wanted.end());
    TERN_ASSIGN_OR_RETURN(shape, Shape::from(dims));
  } else if (images.rank() == 3) {
    shape = {images.dim(0), 1, images.dim(1), images.dim(2)};
  }
  return images.reshape(shape);
}

}  // namespace

Result<Tensor> parse_idx(std::span<const std::byte> bytes) {
  if (bytes.size() < 4 || byte_at(bytes, 0) != 0 || byte_at(bytes, 1) != 0) {
    return data_loss("no IDX file");
  }
  const auto type = std::ranges::find(kTypes, byte_at(bytes, 2), &IdxType::code);
  if (type == kTypes.end()) return data_loss("IDX type {:#04x}", byte_at(bytes, 2));
  const std::size_t rank = byte_at(bytes, 3);
  const std::size_t header = 4 + 4 * rank;
  if (rank < 1 || rank > static_cast<std::size_t>(Shape::kMaxRank)) {
    return data_loss("IDX rank {}; 1 to {} are possible", rank, Shape::kMaxRank);
  }
  if (bytes.size() < header) return data_loss("IDX file ends in its header");
  std::vector<std::int64_t> dims;
  for (std::size_t at = 4; at < header; at += 4) {
    dims.push_back(std::int64_t{byte_at(bytes, at)} << 24 | byte_at(bytes, at + 1) << 16 |
                   byte_at(bytes, at + 2) << 8 | byte_at(bytes, at + 3));
  }
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  const std::size_t present = bytes.size() - header;
  const auto width = static_cast<std::size_t>(bit_width(type->dtype) / 8);
  if (present % width != 0 || present / width != static_cast<std::uint64_t>(shape.elements())) {
    return data_loss("IDX file with {} bytes of data for {}{}", present, to_string(type->dtype),
                     shape.to_string());
  }
  TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::uninitialized(type->dtype, shape));
  auto* const to = static_cast<std::byte*>(tensor.mutable_raw());
  for (std::size_t i = 0; i < present; i += width) {
    std::reverse_copy(bytes.begin() + static_cast<std::ptrdiff_t>(header + i),
                      bytes.begin() + static_cast<std::ptrdiff_t>(header + i + width), to + i);
  }
  return tensor;
}

Result<Dataset> open_idx(const std::string& images, const std::string& labels,
                         const IdxOptions& options) {
  TERN_ASSIGN_OR_RETURN(const Tensor raw, read_idx(images, options.max_bytes));
  TERN_ASSIGN_OR_RETURN(const Tensor scaled, scaled_to_f32(raw, options.scale));
  Result<Tensor> inputs = with_shape(scaled, options.shape);
  if (!inputs.ok()) return std::move(inputs).status().with_context(images);
  std::vector<TensorField> fields{{.name = std::string(kInputField), .tensor = *inputs}};
  if (!labels.empty()) {
    TERN_ASSIGN_OR_RETURN(const Tensor numbers, read_idx(labels, options.max_bytes));
    TERN_ASSIGN_OR_RETURN(TensorField field, label_field(numbers, raw.dim(0), labels));
    fields.push_back(std::move(field));
  }
  return dataset_of(std::move(fields));
}

}  // namespace tern
