#include "backend/cpu/compute/int8_gemm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "backend/cpu/compute/packing.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kWordBytes = 4;

bool words_have_bytes(const Int8TileKernels& kernels) { return kernels.products == kWordBytes; }

std::int32_t element(const Int8Source& s, std::int64_t r, std::int64_t c) {
  const std::uint8_t byte = s.w[(s.rows != nullptr ? s.rows[r] : r * s.row) + c * s.column];
  const std::int32_t value = s.is_signed ? static_cast<std::int8_t>(byte) : byte;
  return s.zeros != nullptr ? value - s.zeros[c] : value;
}

constexpr std::int32_t kLowest = -128;
constexpr std::int32_t kHighest = 127;
// 255 is 127 + 127 + 1.
constexpr int kMostLayers = 3;

int layers_for(std::int32_t lowest, std::int32_t highest) {
  int layers = 1;
  while (lowest < layers * kLowest || highest > layers * kHighest) ++layers;
  return layers;
}

// One panel: word by word, and in a word column by column. Returns through `sums` the sum of each
// column.
template <int kProducts, class Store>
void pack_panel(const Int8Weights& w, const Int8Source& s, std::int64_t first, std::int64_t width,
                std::int32_t* sums, Store store) {
  const std::int64_t valid = std::min(width, w.n - first);
  for (std::int64_t word = 0; word < w.layer_words; ++word) {
    const std::int64_t row = word * kProducts;
    const std::int64_t rows = std::min<std::int64_t>(kProducts, w.k - row);
    for (std::int64_t c = 0; c < valid; ++c) {
      std::int32_t values[kProducts] = {};
      for (std::int64_t i = 0; i < rows; ++i) {
        values[i] = element(s, row + i, first + c);
        sums[c] += values[i];
      }
      store(word, c, values);
    }
  }
}

// Words of bytes; what a layer cannot hold of a value of 9 bits is left to the next.
void pack_bytes(const Int8Weights& w, const Int8Source& s, std::int64_t first, std::int64_t width,
                std::byte* panel, std::int32_t* sums) {
  auto* out = reinterpret_cast<std::int8_t*>(panel);
  const std::int64_t layer_bytes = w.layer_words * width * kWordBytes;
  pack_panel<4>(w, s, first, width, sums,
                [&](std::int64_t word, std::int64_t c, const std::int32_t(&values)[4]) {
                  std::int8_t* at = out + (word * width + c) * kWordBytes;
                  for (int i = 0; i < 4; ++i) {
                    std::int32_t rest = values[i];
                    for (int layer = 0; layer < w.layers; ++layer) {
                      const std::int32_t part = std::clamp(rest, kLowest, kHighest);
                      at[layer * layer_bytes + i] = static_cast<std::int8_t>(part);
                      rest -= part;
                    }
                  }
                });
}

void pack_wide(const Int8Weights& w, const Int8Source& s, std::int64_t first, std::int64_t width,
               std::byte* panel, std::int32_t* sums) {
  auto* out = reinterpret_cast<std::int16_t*>(panel);
  pack_panel<2>(w, s, first, width, sums,
                [&](std::int64_t word, std::int64_t c, const std::int32_t(&values)[2]) {
                  std::int16_t* at = out + (word * width + c) * 2;
                  for (int i = 0; i < 2; ++i) at[i] = static_cast<std::int16_t>(values[i]);
                });
}

// What a thread holds of A at a time, so that the panels of B pass over it while it is in the L2
// cache.
constexpr std::int64_t kBlockBytes = 128 * 1024;

struct Blocks {
  std::int64_t row_bytes = 0;  // an odd number of cache lines, so that rows spread over all sets
  std::int64_t rows = 0;       // of A that are in the buffer at a time, whole strips
};

Blocks blocks_of(const Int8Weights& w, std::int64_t m) {
  const std::int64_t strip = int8_tile_kernels(w.isa).max_rows;
  Blocks b;
  b.row_bytes = ((w.words() * kWordBytes + 63) / 64 | 1) * 64;
  const std::int64_t strips = std::max<std::int64_t>(1, kBlockBytes / (strip * b.row_bytes));
  b.rows = std::min(strips, (m + strip - 1) / strip) * strip;
  return b;
}

// Products that pay for waking a thread.
constexpr std::int64_t kMinThreadWork = 512 * 1024;

int useful_threads(const Int8Weights& w, std::int64_t m, int threads) {
  const std::int64_t work = m * w.n * w.k / kMinThreadWork + 1;
  return static_cast<int>(std::min<std::int64_t>(threads, work));
}

class Product {
 public:
  Product(const Int8Weights& w, const Int8Call& call, const Int8Gather* gather)
      : w_(w),
        call_(call),
        gather_(gather),
        kernels_(int8_tile_kernels(w.isa)),
        blocks_(blocks_of(w, call.m)) {}

  void run(std::byte* scratch, ThreadPool& pool) const {
    if (call_.m == 0 || w_.n == 0) return;
    const std::int64_t strips = (call_.m + kernels_.max_rows - 1) / kernels_.max_rows;
    const std::int64_t panels = (w_.n + kernels_.panel - 1) / kernels_.panel;
    const Grid grid = choose_grid(strips, panels, 0, useful_threads(w_, call_.m, pool.size()));
    const std::int64_t cells = grid.rows * grid.columns;
    pool.parallel_for(cells, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t cell = begin; cell < end; ++cell) {
        const Range rows = part_of(strips, cell / grid.columns, grid.rows);
        const Range columns = part_of(panels, cell % grid.columns, grid.columns);
        run_cell({rows.begin * kernels_.max_rows, std::min(rows.end * kernels_.max_rows, call_.m)},
                 {columns.begin * kernels_.panel, std::min(columns.end * kernels_.panel, w_.n)},
                 scratch + cell * blocks_.rows * blocks_.row_bytes);
      }
    });
  }

 private:
  // Rows of A that may be read where they lie.
  bool in_place() const {
    return gather_ == nullptr && words_have_bytes(kernels_) && !call_.a_signed && w_.layers == 1 &&
           w_.k % kernels_.products == 0;
  }

  void run_cell(Range rows, Range columns, std::byte* buffer) const {
    for (std::int64_t first = rows.begin; first < rows.end; first += blocks_.rows) {
      const Range block{first, std::min(first + blocks_.rows, rows.end)};
      if (!in_place()) fill_rows(block, buffer);
      for (std::int64_t c = columns.begin; c < columns.end; c += kernels_.panel) {
        const std::int64_t count = std::min<std::int64_t>(kernels_.panel, columns.end - c);
        run_panel(block, {c, c + count}, buffer);
      }
    }
  }

  void fill_rows(Range rows, std::byte* buffer) const {
    const std::int64_t layer_bytes = w_.layer_words * kWordBytes;
    for (std::int64_t r = 0; r < rows.size() && layer_bytes > 0; ++r) {
      // What remains of the last word is zero, as are its weights.
      std::memset(buffer + r * blocks_.row_bytes + layer_bytes - kWordBytes, 0, kWordBytes);
    }
    if (gather_ != nullptr) {
      (*gather_)(rows.begin, rows.size(), buffer, blocks_.row_bytes);
    } else {
      for (std::int64_t r = 0; r < rows.size(); ++r) {
        kernels_.copy(call_.a + (rows.begin + r) * call_.a_row, w_.k, call_.a_signed,
                      buffer + r * blocks_.row_bytes);
      }
    }
    for (int layer = 1; layer < w_.layers; ++layer) {
      for (std::int64_t r = 0; r < rows.size(); ++r) {
        std::byte* row = buffer + r * blocks_.row_bytes;
        std::memcpy(row + layer * layer_bytes, row, static_cast<std::size_t>(layer_bytes));
      }
    }
  }

  void run_panel(Range rows, Range columns, const std::byte* buffer) const {
    const bool direct = in_place();
    Int8Strip s;
    s.a_row = direct ? call_.a_row : blocks_.row_bytes;
    s.words = w_.words();
    s.b = call_.packed + columns.begin * s.words * kWordBytes;
    s.columns = columns.size();
    s.finish = call_.finish;
    s.finish.start += columns.begin;
    if (s.finish.factor != nullptr) s.finish.factor += columns.begin;
    if (s.finish.add != nullptr) s.finish.add += columns.begin;
    s.residual_row = call_.residual_row;
    s.c_row = call_.c_row;
    const std::int64_t c_bytes = call_.finish.output == SumOutput::kByte ? 1 : 4;
    // Strips of equal height, so that none is too low to hide latency.
    const std::int64_t strips = (rows.size() + kernels_.max_rows - 1) / kernels_.max_rows;
    for (std::int64_t i = 0; i < strips; ++i) {
      const Range part = part_of(rows.size(), i, strips);
      const std::int64_t row = rows.begin + part.begin;
      s.a = direct ? reinterpret_cast<const std::byte*>(call_.a) + row * call_.a_row
                   : buffer + part.begin * blocks_.row_bytes;
      if (call_.residual != nullptr) {
        s.residual = call_.residual + row * call_.residual_row + columns.begin;
      }
      s.c = static_cast<std::byte*>(call_.c) + (row * call_.c_row + columns.begin) * c_bytes;
      kernels_.strip(s, static_cast<int>(part.size()));
    }
  }

  const Int8Weights& w_;
  const Int8Call& call_;
  const Int8Gather* gather_;
  const Int8TileKernels& kernels_;
  Blocks blocks_;
};

}  // namespace

int int8_layers(const Int8Source& source, std::int64_t k, std::int64_t n, Isa isa) {
  if (most_int8_layers(source.is_signed, source.zeros != nullptr, isa) == 1) return 1;
  std::int32_t lowest = 0;
  std::int32_t highest = 0;
  for (std::int64_t r = 0; r < k; ++r) {
    for (std::int64_t c = 0; c < n; ++c) {
      const std::int32_t value = element(source, r, c);
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  return layers_for(lowest, highest);
}

int most_int8_layers(bool is_signed, bool has_zeros, Isa isa) {
  return words_have_bytes(int8_tile_kernels(isa)) && (!is_signed || has_zeros) ? kMostLayers : 1;
}

Int8Weights plan_int8_weights(std::int64_t k, std::int64_t n, int layers, Isa isa) {
  const Int8TileKernels& kernels = int8_tile_kernels(isa);
  Int8Weights w{.isa = isa, .k = k, .n = n, .layers = layers};
  w.columns = (n + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
  w.layer_words = (k + kernels.products - 1) / kernels.products;
  w.packed_bytes = w.words() * w.columns * kWordBytes;
  return w;
}

void pack_int8(const Int8Weights& w, const Int8Source& source, std::byte* packed,
               std::int32_t* column_sums, ThreadPool& pool) noexcept {
  const Int8TileKernels& kernels = int8_tile_kernels(w.isa);
  const std::int64_t panels = (w.columns + kernels.panel - 1) / kernels.panel;
  constexpr std::int64_t kGrain = 32 * 1024;  // elements that are worth a thread of their own
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (w.k * kernels.panel + 1));
  pool.parallel_for(panels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t first = p * kernels.panel;
      const std::int64_t width = std::min<std::int64_t>(kernels.panel, w.columns - first);
      std::byte* panel = packed + first * w.words() * kWordBytes;
      std::memset(panel, 0, static_cast<std::size_t>(width * w.words() * kWordBytes));
      std::fill_n(column_sums + first, width, 0);
      if (words_have_bytes(kernels)) {
        pack_bytes(w, source, first, width, panel, column_sums + first);
      } else {
        pack_wide(w, source, first, width, panel, column_sums + first);
      }
    }
  });
}

void start_sums(const Int8Weights& w, const std::int32_t* column_sums, std::int32_t a_zero,
                bool a_signed, const std::int32_t* bias, std::int32_t* start) noexcept {
  constexpr std::int32_t kRaised = 128;
  if (a_signed && words_have_bytes(int8_tile_kernels(w.isa))) a_zero += kRaised;
  for (std::int64_t c = 0; c < w.columns; ++c) {
    // Wraps around where the sums do.
    const auto share =
        static_cast<std::uint32_t>(a_zero) * static_cast<std::uint32_t>(column_sums[c]);
    const std::uint32_t first =
        bias != nullptr && c < w.n ? static_cast<std::uint32_t>(bias[c]) : 0u;
    start[c] = static_cast<std::int32_t>(first - share);
  }
}

float finite_factor(float factor) {
  constexpr float kMost = std::numeric_limits<float>::max();
  return std::isnan(factor) ? 0.0F : std::clamp(factor, -kMost, kMost);
}

std::int64_t int8_scratch_bytes(const Int8Weights& w, std::int64_t m, int threads) {
  const Blocks blocks = blocks_of(w, m);
  return threads * blocks.rows * blocks.row_bytes;
}

void run_int8(const Int8Weights& w, const Int8Call& call, std::byte* scratch,
              ThreadPool& pool) noexcept {
  Product(w, call, nullptr).run(scratch, pool);
}

void run_int8_gathered(const Int8Weights& w, const Int8Call& call, Int8Gather gather,
                       std::byte* scratch, ThreadPool& pool) noexcept {
  Product(w, call, &gather).run(scratch, pool);
}

}  // namespace tern::cpu
