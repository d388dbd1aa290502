// Typed load and store of single elements: reference kernels compute in f64, i64 or u64 and read
// and write any dtype through these, instead of being instantiated once per dtype.
#pragma once

#include <complex>
#include <cstdint>
#include <string>

#include "tern/tensor.h"

namespace tern {

/// Reads element `i` of dense storage as the wide type. Sub-byte types are unpacked.
using LoadF64 = double (*)(const void* data, std::int64_t i);
using LoadI64 = std::int64_t (*)(const void* data, std::int64_t i);
/// Writes element `i`, converting as ONNX's Cast does: round to nearest even for floats,
/// truncation and wrap-around for integers, saturation for the f8 and f4 types, bool is != 0.
using StoreF64 = void (*)(void* data, std::int64_t i, double value);
using StoreI64 = void (*)(void* data, std::int64_t i, std::int64_t value);

/// Null for strings and complex types.
LoadF64 load_f64(DType dtype);
LoadI64 load_i64(DType dtype);
StoreF64 store_f64(DType dtype);
StoreI64 store_i64(DType dtype);

/// Element `i` as text: shortest form that reads back for floats, quoted for strings.
std::string element_to_string(const Tensor& t, std::int64_t i);

}  // namespace tern
