#include "backend/cpu/compute/update.h"

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrain = 16 * 1024;  // elements that are worth a thread of their own

template <class T>
T* moved(T* p, std::int64_t by) {
  return p == nullptr ? nullptr : p + by;
}

}  // namespace

void run_sgd(const SgdCall& call, ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(call.count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    SgdCall part = call;
    part.count = end - begin;
    part.w = moved(call.w, begin);
    part.g = moved(call.g, begin);
    part.m = moved(call.m, begin);
    part.w_new = moved(call.w_new, begin);
    part.m_new = moved(call.m_new, begin);
    update_kernels(isa).sgd(part);
  });
}

void run_adam(const AdamCall& call, ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(call.count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    AdamCall part = call;
    part.count = end - begin;
    part.w = moved(call.w, begin);
    part.g = moved(call.g, begin);
    part.m = moved(call.m, begin);
    part.v = moved(call.v, begin);
    part.w_new = moved(call.w_new, begin);
    part.m_new = moved(call.m_new, begin);
    part.v_new = moved(call.v_new, begin);
    update_kernels(isa).adam(part);
  });
}

}  // namespace tern::cpu
