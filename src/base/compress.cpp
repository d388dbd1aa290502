#include "base/compress.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/errors.h"

namespace tern {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kFirstRoom = 64 * 1024;

/// zlib's state for one member after the other.
class Inflater {
 public:
  Inflater() = default;
  ~Inflater() {
    if (open_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Status open() {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) return resource_exhausted("no memory for zlib");
    open_ = true;
    return {};
  }

  /// Unpacks from the front of `in` to the front of `out` and takes both away.
  Status step(std::span<const std::byte>& in, std::span<char>& out) {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min(in.size(), kMost));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min(out.size(), kMost));
    const uInt had_in = stream_.avail_in, had_out = stream_.avail_out;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    in = in.subspan(had_in - stream_.avail_in);
    out = out.subspan(had_out - stream_.avail_out);
    at_end_ = code == Z_STREAM_END;
    if (at_end_) inflateReset(&stream_);
    if (at_end_ || code == Z_OK || code == Z_BUF_ERROR) return {};
    if (code == Z_MEM_ERROR) return resource_exhausted("no memory for zlib");
    return data_loss("damaged gzip data: {}", stream_.msg != nullptr ? stream_.msg : "unknown");
  }

  /// Whether the last step came to the end of a member; the next one begins another.
  bool at_end() const { return at_end_; }

 private:
  z_stream stream_{};
  bool open_ = false;
  bool at_end_ = false;
};

/// Some tools pad gzip files with zero bytes to whole blocks.
bool only_zeros(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

Result<std::string> gunzip(std::span<const std::byte> bytes, std::uint64_t max_bytes) {
  if (!is_gzip(bytes)) return data_loss("no gzip data");
  Inflater inflater;
  TERN_TRY(inflater.open());
  const auto most =
      static_cast<std::size_t>(std::min<std::uint64_t>(max_bytes, std::string().max_size() - 1));
  std::string content;
  std::size_t filled = 0;
  while (!inflater.at_end() || !only_zeros(bytes)) {
    if (filled == content.size()) {
      // One byte of room beyond the limit tells a fitting content from a longer one.
      if (filled > most) break;
      content.resize(std::min(std::max({kFirstRoom, bytes.size(), 2 * filled}), most + 1));
    }
    std::span<char> room(content.data() + filled, content.size() - filled);
    const std::size_t had_in = bytes.size(), had_room = room.size();
    TERN_TRY(inflater.step(bytes, room));
    filled += had_room - room.size();
    const bool stuck = bytes.size() == had_in && room.size() == had_room;
    if (!inflater.at_end() && stuck) return data_loss("gzip data ends early");
  }
  if (filled > most) {
    return resource_exhausted("unpacks to more than the limit of {} bytes", max_bytes);
  }
  content.resize(filled);
  return content;
}

Result<std::string> read_file_unzipped(const std::string& path, std::uint64_t max_bytes) {
  Result<std::string> content = read_file(path, max_bytes);
  if (!content.ok()) return content;
  const auto bytes = std::as_bytes(std::span<const char>(content.value()));
  if (!is_gzip(bytes)) return content;
  Result<std::string> unpacked = gunzip(bytes, max_bytes);
  if (!unpacked.ok()) return std::move(unpacked).status().with_context(path);
  return unpacked;
}

}  // namespace tern
