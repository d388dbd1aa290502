#include "serve/batch/batch.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/checked_math.h"
#include "base/errors.h"

namespace tern::serve {
namespace {

void move_rows(Tensor& tensor, std::int64_t from, std::int64_t to, std::int64_t count) {
  const std::int64_t elements = row_shape(tensor.shape()).elements();
  if (tensor.dtype() == DType::kString) {
    std::string* text = tensor.mutable_data<std::string>();
    std::move(text + from * elements, text + (from + count) * elements, text + to * elements);
    return;
  }
  const std::size_t row_bytes = storage_bytes(tensor.dtype(), elements);
  auto* data = static_cast<std::byte*>(tensor.mutable_raw());
  std::memmove(data + static_cast<std::size_t>(to) * row_bytes,
               data + static_cast<std::size_t>(from) * row_bytes,
               static_cast<std::size_t>(count) * row_bytes);
}

}  // namespace

std::optional<std::int64_t> common_rows(std::span<const Shape> shapes) {
  if (shapes.empty()) return std::nullopt;
  for (const Shape& shape : shapes) {
    if (shape.empty() || shape[0] != shapes[0][0]) return std::nullopt;
  }
  return shapes[0][0];
}

std::optional<std::size_t> bytes_of(const Signature& signature, std::span<const Shape> shapes) {
  std::optional<std::size_t> total = 0;
  for (std::size_t i = 0; i < shapes.size() && total; ++i) {
    const auto width = static_cast<std::uint64_t>(bit_width(signature.inputs()[i].type.dtype));
    const auto bits = checked_mul(static_cast<std::uint64_t>(shapes[i].elements()), width);
    if (!bits) return std::nullopt;
    total = checked_add(*total, static_cast<std::size_t>((*bits + 7) / 8));
  }
  return total;
}

Result<std::shared_ptr<Batch>> Batch::make(const Signature& signature,
                                           std::span<const Shape> shapes,
                                           std::optional<std::int64_t> capacity) {
  auto batch = std::make_shared<Batch>();
  batch->joinable = capacity.has_value();
  batch->capacity = capacity.value_or(0);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    Shape shape = shapes[i];
    if (capacity) {
      batch->row_shapes.push_back(row_shape(shape));
      shape[0] = *capacity;
    }
    TERN_ASSIGN_OR_RETURN(Tensor tensor,
                          Tensor::uninitialized(signature.inputs()[i].type.dtype, shape));
    batch->inputs.push_back(std::move(tensor));
  }
  return batch;
}

bool Batch::takes(std::span<const Shape> shapes, std::int64_t more) const {
  if (!joinable || sealed || rows + more > capacity) return false;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (!std::ranges::equal(row_shapes[i].dims(), shapes[i].dims().subspan(1))) return false;
  }
  return true;
}

std::vector<Tensor> Batch::inputs_of(std::int64_t first_row, std::int64_t row_count) const {
  if (!joinable) return inputs;
  std::vector<Tensor> parts;
  parts.reserve(inputs.size());
  for (const Tensor& input : inputs)
    parts.push_back(*input.slice(first_row, first_row + row_count));
  return parts;
}

void Batch::drop_gone() {
  std::erase_if(members, [](const Member& m) { return m.state == Member::State::kGone; });
}

void Batch::close_gaps() {
  if (!joinable) return;
  std::int64_t next = 0;
  for (Member& member : members) {
    if (member.first_row != next) {
      for (Tensor& input : inputs) move_rows(input, member.first_row, next, member.rows);
      member.first_row = next;
    }
    next += member.rows;
  }
  rows = next;
}

void Batch::clear() {
  sealed = false;
  rows = 0;
  filling = 0;
  waiting = 0;
  members.clear();
}

}  // namespace tern::serve
