#include <bit>
#include <cstring>
#include <span>
#include <string>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/microsoft.h"

namespace tern {
namespace {

/// Austin Appleby's MurmurHash3_x86_32 (in the public domain as an algorithm).
std::uint32_t murmur3(std::span<const std::uint8_t> bytes, std::uint32_t seed) {
  const auto mixed = [](std::uint32_t word) {
    return std::rotl(word * 0xcc9e2d51u, 15) * 0x1b873593u;
  };
  std::uint32_t hash = seed;
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    const std::uint32_t word = bytes[i] | std::uint32_t{bytes[i + 1]} << 8 |
                               std::uint32_t{bytes[i + 2]} << 16 |
                               std::uint32_t{bytes[i + 3]} << 24;
    hash = std::rotl(hash ^ mixed(word), 13) * 5 + 0xe6546b64u;
  }
  std::uint32_t tail = 0;
  for (std::size_t k = bytes.size(); k > i; --k) tail = tail << 8 | bytes[k - 1];
  hash ^= mixed(tail);
  hash ^= static_cast<std::uint32_t>(bytes.size());
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

constexpr TypeSet kHashed = TypeSet(DType::kU32) | DType::kI32 | DType::kU64 | DType::kI64 |
                            DType::kF32 | DType::kF64 | DType::kString;

struct MurmurHash3Impl {
  static constexpr std::string_view summary = "A hash of every element.";
  static constexpr auto inputs = std::array{Port{"X", kHashed}};
  static constexpr auto outputs =
      std::array{Port{"Y", TypeSet(DType::kU32) | DType::kI32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::MurmurHash3& op, InferContext& c) {
    c.out.push_back(c.in[0]);
    c.out[0].dtype = op.positive ? DType::kU32 : DType::kI32;
    return {};
  }

  static void reference(const ops::MurmurHash3& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const auto seed = static_cast<std::uint32_t>(op.seed);
    auto* const y = static_cast<std::uint8_t*>(c.out(0).mutable_raw());
    const auto* const bytes = static_cast<const std::uint8_t*>(x.raw());
    for (std::int64_t i = 0; i < x.elements(); ++i) {
      std::span<const std::uint8_t> element;
      if (x.dtype() == DType::kString) {
        const std::string& text = x.data<std::string>()[i];
        element = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
      } else {
        const auto size = static_cast<std::size_t>(bit_width(x.dtype()) / 8);
        element = {bytes + static_cast<std::size_t>(i) * size, size};
      }
      const std::uint32_t hash = murmur3(element, seed);
      std::memcpy(y + i * static_cast<std::int64_t>(sizeof hash), &hash, sizeof hash);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MurmurHash3>() {
  static constexpr OpDef def =
      make_op<ops::MurmurHash3, MurmurHash3Impl>("MurmurHash3", "com.microsoft", 1);
  return def;
}

}  // namespace tern
