// Operators of ONNX Runtime's domain com.microsoft with an arithmetic of their own. The others of
// that domain become operators of the default domain where a file is read (docs/import.md).
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// The inverses of the matrices in the last two axes; a singular one gives infinities or NaNs.
struct Inverse {
  static constexpr auto fields = Fields{};
};

/// Y [..., N] = A [..., K] W + bias with weights of `bits` (2, 4, 8) bits in blocks of `block_size`
/// along K:
///   W[k, n] = (B[n, k] - zero_points[n, block]) * scales[n, block],  block = k / block_size
/// Inputs A, B (u8, N rows of blocks of block_size * bits / 8 bytes, lowest bits first), scales [N,
/// blocks], zero_points (u8, every row packed like B, or numbers [N, blocks]; 2^(bits - 1) when
/// left out), g_idx (i32, the block of every k instead of k / block_size), bias [N].
/// `accuracy_level` is a hint; tern computes in the type of A.
struct MatMulNBits {
  std::int64_t K = 0;
  std::int64_t N = 0;
  std::int64_t accuracy_level = 0;
  std::int64_t bits = 4;
  std::int64_t block_size = 0;
  std::int64_t weight_prepacked = 0;  // only 0: other layouts are those of one GPU
  static constexpr auto fields =
      Fields{Field{"K", &MatMulNBits::K, kRequiredField},
             Field{"N", &MatMulNBits::N, kRequiredField},
             Field{"accuracy_level", &MatMulNBits::accuracy_level},
             Field{"bits", &MatMulNBits::bits},
             Field{"block_size", &MatMulNBits::block_size, kRequiredField},
             Field{"weight_prepacked", &MatMulNBits::weight_prepacked}};
};

/// MurmurHash3_x86_32 of the bytes of every element (little-endian numbers, strings without an
/// end), as u32, or as i32 when `positive` is false.
struct MurmurHash3 {
  bool positive = true;
  std::int64_t seed = 0;
  static constexpr auto fields =
      Fields{Field{"positive", &MurmurHash3::positive}, Field{"seed", &MurmurHash3::seed}};
};

/// The tokens of each string of X ([C] or [N, C]) along a new last axis, filled up with
/// `pad_value`. With `tokenexp` a token is a match of that expression, the longest from the first
/// place on, then from the end of that one. With `separators` tokens are what stands between
/// matches of these expressions, one after the other; a single empty one makes every character a
/// token. Tokens of fewer than `mincharnum` characters are left out. `mark` puts "\x02" before and
/// "\x03" behind the tokens of each string. Needs TERN_WITH_TEXT.
struct Tokenizer {
  bool mark = false;
  std::int64_t mincharnum = 1;
  std::string pad_value;
  std::vector<std::string> separators;
  std::string tokenexp;
  static constexpr auto fields =
      Fields{Field{"mark", &Tokenizer::mark, kRequiredField},
             Field{"mincharnum", &Tokenizer::mincharnum, kRequiredField},
             Field{"pad_value", &Tokenizer::pad_value, kRequiredField},
             Field{"separators", &Tokenizer::separators}, Field{"tokenexp", &Tokenizer::tokenexp}};
};

}  // namespace tern::ops
