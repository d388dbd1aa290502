// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of the formats tern writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tern {

/// The checksum of `bytes`. To go on with more bytes, pass what the earlier ones gave as
/// `previous`.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t previous = 0);

}  // namespace tern
