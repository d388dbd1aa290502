// gzip (RFC 1952), for data files that are kept compressed. zlib stays behind this header.
//
//   TERN_ASSIGN_OR_RETURN(const std::string text, read_file_unzipped("digits.csv.gz"));
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/file.h"
#include "tern/status.h"

namespace tern {

/// Whether the bytes begin as gzip data do.
bool is_gzip(std::span<const std::byte> bytes);

/// What is packed in `bytes`: one gzip member or several behind each other. kDataLoss for bytes
/// that are no gzip data, end early or fail their checksum; kResourceExhausted, with no more memory
/// used than that, when they unpack to more than `max_bytes`.
Result<std::string> gunzip(std::span<const std::byte> bytes,
                           std::uint64_t max_bytes = kDefaultMaxFileBytes);

/// The content of a file, unpacked when it is gzip data, whatever the name. `max_bytes` limits both
/// the file and what it unpacks to.
Result<std::string> read_file_unzipped(const std::string& path,
                                       std::uint64_t max_bytes = kDefaultMaxFileBytes);

}  // namespace tern
