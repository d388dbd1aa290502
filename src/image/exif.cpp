#include "image/exif.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tern::image {
namespace {

constexpr unsigned kOrientationTag = 0x0112;
constexpr std::size_t kEntryBytes = 12;

class TiffBytes {
 public:
  TiffBytes(std::span<const std::byte> bytes, bool big_endian)
      : bytes_(bytes), big_endian_(big_endian) {}

  std::optional<std::uint32_t> number(std::size_t at, std::size_t width) const {
    if (at > bytes_.size() || width > bytes_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t from = big_endian_ ? i : width - 1 - i;
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[at + from]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> tiff) {
  using namespace std::string_view_literals;
  const auto begins = [&](std::string_view with) {
    return std::string_view(reinterpret_cast<const char*>(tiff.data()), tiff.size())
        .starts_with(with);
  };
  if (begins("Exif\0\0"sv)) tiff = tiff.subspan(6);
  if (!begins("II*\0"sv) && !begins("MM\0*"sv)) return 1;
  const TiffBytes bytes(tiff, begins("MM"));
  const auto directory = bytes.number(4, 4);
  if (!directory) return 1;
  const auto entries = bytes.number(*directory, 2);
  if (!entries) return 1;
  for (std::size_t i = 0; i < *entries; ++i) {
    const std::size_t at = std::size_t{*directory} + 2 + i * kEntryBytes;
    const auto tag = bytes.number(at, 2);
    if (!tag) return 1;
    if (*tag != kOrientationTag) continue;
    const auto value = bytes.number(at + 8, 2);  // a 16 bit number stands at the front of its field
    return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
  }
  return 1;
}

}  // namespace tern::image
