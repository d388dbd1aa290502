#include "ops/quant/packed_bits.h"

#include "base/errors.h"
#include "tern/functions.h"

namespace tern::ops {

Value unpacked_bits(Value bytes, std::int64_t bits) {
  constexpr std::int64_t kByte = 8;
  if (!bytes.present() || bits == kByte) return bytes;
  GraphBuilder& b = *bytes.builder();
  const int rank = bytes.rank();
  if (rank < 1) return b.fail(invalid_argument("packed numbers have rank {}", rank)), Value();
  const Value mask = b.scalar_of(DType::kU8, static_cast<double>((1 << bits) - 1));
  std::vector<Value> parts;
  for (std::int64_t shift = 0; shift < kByte; shift += bits) {
    const Value low = b.op(BitShift{.direction = ShiftDirection::kRight},
                           {bytes, b.scalar_of(DType::kU8, static_cast<double>(shift))});
    parts.push_back(unsqueeze(b.op(BitwiseAnd{}, {low, mask}), {rank}));
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(rank), 0);
  shape.back() = -1;
  return reshape(concat(parts, rank), std::move(shape));
}

}  // namespace tern::ops
