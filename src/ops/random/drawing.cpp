#include "ops/random/drawing.h"

namespace tern::ops {
namespace {

Status check_float(DType dtype) {
  if (kFloats.contains(dtype)) return {};
  return invalid_argument("dtype is {}, not one of {}", to_string(dtype), kFloats.to_string());
}

}  // namespace

Status infer_float_like(InferContext& c, DType dtype) {
  c.out.push_back(c.in[0]);
  if (dtype != DType::kUndefined) c.out[0].dtype = dtype;
  return check_float(c.out[0].dtype);
}

Status infer_floats(InferContext& c, DType dtype, std::span<const std::int64_t> shape) {
  TERN_TRY(check_float(dtype));
  TERN_ASSIGN_OR_RETURN(const tern::Shape sizes, tern::Shape::from(shape));
  c.out.emplace_back(dtype, sizes);
  return {};
}

}  // namespace tern::ops
