#include "ops/nn/space_blocks.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

// blocksize^2, after checking rank and blocksize.
Result<std::int64_t> block_area(std::int64_t blocksize, const TypeInfo& x) {
  if (x.rank() != 4) return invalid_argument("input has rank {}, not 4", x.rank());
  const std::optional<std::int64_t> area = checked_mul(blocksize, blocksize);
  if (blocksize < 1 || !area) return invalid_argument("blocksize {} is out of range", blocksize);
  return *area;
}

Result<Dim> divided(std::string_view what, const Dim& size, std::int64_t by) {
  if (!size.known()) return by == 1 ? size : Dim();
  if (size.value() % by != 0) {
    return invalid_argument("{} {} is not a multiple of {}", what, size.value(), by);
  }
  return Dim(size.value() / by);
}

Result<Dim> multiplied(std::string_view what, const Dim& size, std::int64_t by) {
  if (!size.known()) return by == 1 ? size : Dim();
  const std::optional<std::int64_t> product = checked_mul(size.value(), by);
  if (!product) return invalid_argument("{} {} times {} is too large", what, size.value(), by);
  return Dim(*product);
}

}  // namespace

Status infer_depth_to_space(std::int64_t blocksize, InferContext& c) {
  TERN_ASSIGN_OR_RETURN(const std::int64_t area, block_area(blocksize, c.in[0]));
  std::vector<Dim> sizes = c.in[0].shape;
  TERN_ASSIGN_OR_RETURN(sizes[1], divided("number of channels", sizes[1], area));
  TERN_ASSIGN_OR_RETURN(sizes[2], multiplied("height", sizes[2], blocksize));
  TERN_ASSIGN_OR_RETURN(sizes[3], multiplied("width", sizes[3], blocksize));
  return push_output(c, c.in[0].dtype, std::move(sizes));
}

Status infer_space_to_depth(std::int64_t blocksize, InferContext& c) {
  TERN_ASSIGN_OR_RETURN(const std::int64_t area, block_area(blocksize, c.in[0]));
  std::vector<Dim> sizes = c.in[0].shape;
  TERN_ASSIGN_OR_RETURN(sizes[1], multiplied("number of channels", sizes[1], area));
  TERN_ASSIGN_OR_RETURN(sizes[2], divided("height", sizes[2], blocksize));
  TERN_ASSIGN_OR_RETURN(sizes[3], divided("width", sizes[3], blocksize));
  return push_output(c, c.in[0].dtype, std::move(sizes));
}

}  // namespace tern::ops
