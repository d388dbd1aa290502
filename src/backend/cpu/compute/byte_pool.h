// Max pooling of NHWC images of bytes.
#pragma once

#include "backend/cpu/compute/pool.h"

namespace tern::cpu {

/// As run_max_pool; bytes are i8 where `is_signed`, else u8. A window without pixels gives the
/// least number.
void run_max_pool_bytes(const PoolShape& shape, const std::uint8_t* x, std::uint8_t* y,
                        bool is_signed, ThreadPool& pool, Isa isa = active_isa()) noexcept;

}  // namespace tern::cpu
