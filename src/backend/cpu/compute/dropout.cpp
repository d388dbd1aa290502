#include "backend/cpu/compute/dropout.h"

#include <algorithm>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kChunk = 64;              // elements that every Isa draws together
constexpr std::int64_t kGrain = 8 * 1024;        // elements that are worth a thread of their own
constexpr std::int64_t kCheapGrain = 32 * 1024;  // the same without drawing

}  // namespace

void run_dropout(const DropoutCall& call, ThreadPool& pool, Isa isa) noexcept {
  const std::int64_t chunks = (call.count + kChunk - 1) / kChunk;
  pool.parallel_for(chunks, kGrain / kChunk, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * kChunk;
    DropoutCall part = call;
    part.first = call.first + first;
    part.count = std::min(end * kChunk, call.count) - first;
    part.x = call.x + first;
    if (part.y != nullptr) part.y += first;
    if (part.mask != nullptr) part.mask += first;
    dropout_kernels(isa).forward(part);
  });
}

void run_dropout_backward(const float* dy, const bool* mask, float scale, std::int64_t count,
                          float* dx, ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(count, kCheapGrain, [&](std::int64_t begin, std::int64_t end) {
    dropout_kernels(isa).backward(dy + begin, mask + begin, scale, end - begin, dx + begin);
  });
}

}  // namespace tern::cpu
