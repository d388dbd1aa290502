// Transposing matrices of bytes: between images with channels first and channels last.
#pragma once

#include <cstdint>

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

/// y[b][c][r] = x[b][r][c] for `batch` dense matrices of `rows` x `columns`.
void run_transpose_bytes(const std::uint8_t* x, std::uint8_t* y, std::int64_t batch,
                         std::int64_t rows, std::int64_t columns, ThreadPool& pool) noexcept;

}  // namespace tern::cpu
