#include "serve/tensors/datatypes.h"

#include <array>

namespace tern::serve {
namespace {

// By DType.
constexpr std::array<std::string_view, kElementTypeCount> kNames{
    "",          "FP32",       "UINT8",   "INT8",      "UINT16",      "INT16",   "INT32",
    "INT64",     "BYTES",      "BOOL",    "FP16",      "FP64",        "UINT32",  "UINT64",
    "COMPLEX64", "COMPLEX128", "BF16",    "FP8E4M3FN", "FP8E4M3FNUZ", "FP8E5M2", "FP8E5M2FNUZ",
    "UINT4",     "INT4",       "FP4E2M1", "FP8E8M0",   "UINT2",       "INT2"};

}  // namespace

std::string_view protocol_name(DType dtype) {
  const auto index = static_cast<std::size_t>(dtype);
  return index < kNames.size() ? kNames[index] : "";
}

std::optional<DType> parse_protocol_name(std::string_view name) {
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

}  // namespace tern::serve
