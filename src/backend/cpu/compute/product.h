// One matrix product whose B is packed, shared by gemm.cpp and batch_gemm.cpp.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/gemm.h"
#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/tile.h"

namespace tern::cpu {

struct Product {
  const TileKernels* kernels = nullptr;
  const Epilogue* epilogue = nullptr;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  const float* a = nullptr;
  Strides a_strides;
  const float* packed = nullptr;
  const float* bias = nullptr;
  const float* residual = nullptr;
  std::int64_t residual_row = 0;
  float* c = nullptr;
  std::int64_t c_row = 0;
  bool accumulate = false;
};

std::int64_t strip_count(std::int64_t m, const TileKernels& kernels);
std::int64_t panel_count(std::int64_t n, const TileKernels& kernels);

/// Threads worth waking for m * n * k multiply-adds.
int useful_threads(std::int64_t m, std::int64_t n, std::int64_t k, int threads);

/// Scratch of one thread's copies of strips.
std::int64_t copy_floats(const TileKernels& kernels, std::int64_t k);

/// Scratch that run_product needs on a pool of `threads`.
std::int64_t product_scratch(const TileKernels& kernels, std::int64_t m, std::int64_t n,
                             std::int64_t k, int threads);

/// The whole team on one product.
void run_product(const Product& product, float* scratch, ThreadPool& pool);

/// The same with B as it lies: every thread packs the blocks it needs, one after the other, so that
/// a packed block is used while it is in the cache. `product.packed` is not looked at.
void run_product_packing(const Product& product, const PackSource& b, float* scratch,
                         ThreadPool& pool);
std::int64_t packing_product_scratch(const TileKernels& kernels, std::int64_t n, std::int64_t k,
                                     int threads);
/// False where all threads had better share one packed B, as they split the sum itself.
bool favours_packing_blocks(const TileKernels& kernels, std::int64_t m, std::int64_t n,
                            std::int64_t k, int threads);

/// The calling thread alone; `copy` has copy_floats floats.
void run_product_alone(const Product& product, float* copy);

}  // namespace tern::cpu
