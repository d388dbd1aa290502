#include "train/checkpoint/checkpoint_file.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/checked_math.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/file.h"
#include "base/little_endian.h"

namespace tern::train {
namespace {

// Elements are copied as they lie in memory.
static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "TERNCKPT";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxNameBytes = 4096;
constexpr std::size_t kSmallestEntry = 20;  // no name, no axes, no elements

// Elements that lie in memory as they do in the file: no strings, no tensors of tensors.
bool has_plain_elements(DType dtype) {
  const auto number = static_cast<int>(dtype);
  return number > 0 && number < kElementTypeCount && dtype != DType::kString;
}

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.raw()), tensor.bytes()};
}

std::string entry_head(std::string_view name, const Tensor& tensor) {
  std::string head;
  append_little_endian(head, static_cast<std::uint32_t>(name.size()));
  append_little_endian(head, static_cast<std::uint16_t>(tensor.dtype()));
  append_little_endian(head, static_cast<std::uint16_t>(tensor.rank()));
  append_little_endian(head, static_cast<std::uint64_t>(tensor.bytes()));
  for (const std::int64_t size : tensor.shape()) append_little_endian(head, size);
  head += name;
  return head;
}

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, Checksums checksums)
      : bytes_(bytes), reader_(bytes), checksums_(checksums) {}

  Result<NamedTensors> run() {
    TERN_ASSIGN_OR_RETURN(const std::uint32_t count, header());
    NamedTensors tensors;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (Status s = entry(tensors); !s.ok()) {
        return std::move(s).with_context(fmt::format("entry {} of {}", i + 1, count));
      }
    }
    if (reader_.remaining() != 0) {
      return data_loss("{} bytes behind the last entry", reader_.remaining());
    }
    return tensors;
  }

 private:
  Result<std::uint32_t> header() {
    TERN_ASSIGN_OR_RETURN(const std::string_view magic, reader_.read_string(kMagic.size()));
    if (magic != kMagic)
      return data_loss("this is no checkpoint: it does not begin with {}", kMagic);
    TERN_ASSIGN_OR_RETURN(const auto version, reader_.read<std::uint32_t>());
    TERN_ASSIGN_OR_RETURN(const auto count, reader_.read<std::uint32_t>());
    TERN_TRY(checksum(0));
    if (version != kVersion) {
      return unimplemented("checkpoint version {}, this program reads version {}", version,
                           kVersion);
    }
    if (count > reader_.remaining() / kSmallestEntry) {
      return data_loss("{} entries in {} bytes", count, reader_.remaining());
    }
    return count;
  }

  // The next four bytes are the checksum of everything since `begin`.
  Status checksum(std::size_t begin) {
    const auto covered = bytes_.subspan(begin, reader_.position() - begin);
    TERN_ASSIGN_OR_RETURN(const auto stored, reader_.read<std::uint32_t>());
    const std::uint32_t computed = crc32c(covered);
    if (stored == computed || checksums_ == Checksums::kIgnore) return {};
    return data_loss("checksum {:08x}, the bytes have {:08x}", stored, computed);
  }

  Status entry(NamedTensors& tensors) {
    const std::size_t begin = reader_.position();
    TERN_ASSIGN_OR_RETURN(const auto name_bytes, reader_.read<std::uint32_t>());
    TERN_ASSIGN_OR_RETURN(const auto dtype_number, reader_.read<std::uint16_t>());
    TERN_ASSIGN_OR_RETURN(const auto rank, reader_.read<std::uint16_t>());
    TERN_ASSIGN_OR_RETURN(const auto data_bytes, reader_.read<std::uint64_t>());
    if (name_bytes > kMaxNameBytes) {
      return data_loss("a name of {} bytes, the limit is {}", name_bytes, kMaxNameBytes);
    }
    const auto dtype = static_cast<DType>(dtype_number);
    if (dtype_number >= kElementTypeCount || !has_plain_elements(dtype)) {
      return data_loss("element type {}", dtype_number);
    }
    if (rank > Shape::kMaxRank) return data_loss("{} axes, the limit is {}", rank, Shape::kMaxRank);
    std::int64_t dims[Shape::kMaxRank];
    for (std::uint16_t axis = 0; axis < rank; ++axis) {
      TERN_ASSIGN_OR_RETURN(dims[axis], reader_.read<std::int64_t>());
    }
    const Result<Shape> checked = Shape::from({dims, rank});
    if (!checked.ok()) return data_loss("{}", checked.status().message());
    const Shape& shape = *checked;
    TERN_ASSIGN_OR_RETURN(const std::string_view name, reader_.read_string(name_bytes));
    if (data_bytes > reader_.remaining()) {
      return data_loss("{} bytes of elements, {} are left", data_bytes, reader_.remaining());
    }
    // No element takes more than 16 bytes, so this cannot overflow once the count is plausible.
    if (static_cast<std::uint64_t>(shape.elements()) / 4 > data_bytes ||
        storage_bytes(dtype, shape.elements()) != data_bytes) {
      return data_loss("{}{} does not take {} bytes", to_string(dtype), shape.to_string(),
                       data_bytes);
    }
    TERN_ASSIGN_OR_RETURN(const auto data, reader_.read_bytes(data_bytes));
    TERN_TRY(checksum(begin));
    // Any other byte in a bool is undefined behaviour for whoever reads it.
    if (dtype == DType::kBool &&
        std::ranges::any_of(data, [](std::byte b) { return std::to_integer<int>(b) > 1; })) {
      return data_loss("a bool that is neither 0 nor 1");
    }
    TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::uninitialized(dtype, shape));
    if (!data.empty()) std::memcpy(tensor.mutable_raw(), data.data(), data.size());
    if (!tensors.emplace(name, std::move(tensor)).second) {
      return data_loss("the name {} comes twice", name);
    }
    return {};
  }

  std::span<const std::byte> bytes_;
  ByteReader reader_;
  Checksums checksums_;
};

}  // namespace

Status write_checkpoint(const std::string& path, const NamedTensors& tensors) {
  const auto count = checked_cast<std::uint32_t>(tensors.size());
  if (!count) return invalid_argument("{} tensors in a checkpoint", tensors.size());
  TERN_ASSIGN_OR_RETURN(AtomicFileWriter file, AtomicFileWriter::create(path));
  std::string header(kMagic);
  append_little_endian(header, kVersion);
  append_little_endian(header, *count);
  append_little_endian(header, crc32c(std::as_bytes(std::span(header))));
  TERN_TRY(file.append(header));
  for (const auto& [name, tensor] : tensors) {
    if (!has_plain_elements(tensor.dtype()) || name.size() > kMaxNameBytes) {
      return invalid_argument("{}: tensor {} of type {} cannot be written", path, name,
                              to_string(tensor.dtype()));
    }
    const std::string head = entry_head(name, tensor);
    TERN_TRY(file.append(head));
    TERN_TRY(file.append(bytes_of(tensor)));
    std::string sum;
    append_little_endian(sum, crc32c(bytes_of(tensor), crc32c(std::as_bytes(std::span(head)))));
    TERN_TRY(file.append(sum));
  }
  return file.commit();
}

Result<NamedTensors> parse_checkpoint(std::span<const std::byte> bytes, Checksums checksums) {
  return Reader(bytes, checksums).run();
}

Result<NamedTensors> read_checkpoint(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  Result<NamedTensors> tensors = parse_checkpoint(file.bytes());
  if (!tensors.ok()) return tensors.status().with_context(path);
  return tensors;
}

}  // namespace tern::train
