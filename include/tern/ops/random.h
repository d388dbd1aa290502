// Random numbers (onnx.ai/onnx/operators). Element i of a node's output is a function of (seed,
// step, node, i), so it is the same on every machine and after a resume; `seed` takes the place of
// the session's seed.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// 1 with the probability that the input states, else 0, in type `dtype` or the input's.
struct Bernoulli {
  DType dtype = DType::kUndefined;
  std::optional<float> seed;
  static constexpr auto fields =
      Fields{Field{"dtype", &Bernoulli::dtype}, Field{"seed", &Bernoulli::seed}};
};

/// (log-probabilities [B, C], which need not be normalised) to `sample_size` classes for each row.
struct Multinomial {
  DType dtype = DType::kI32;
  std::int64_t sample_size = 1;
  std::optional<float> seed;
  static constexpr auto fields =
      Fields{Field{"dtype", &Multinomial::dtype}, Field{"sample_size", &Multinomial::sample_size},
             Field{"seed", &Multinomial::seed}};
};

/// Normally distributed numbers of sizes `shape`.
struct RandomNormal {
  DType dtype = DType::kF32;
  float mean = 0.0F;
  float scale = 1.0F;
  std::optional<float> seed;
  std::vector<std::int64_t> shape;
  static constexpr auto fields =
      Fields{Field{"dtype", &RandomNormal::dtype}, Field{"mean", &RandomNormal::mean},
             Field{"scale", &RandomNormal::scale}, Field{"seed", &RandomNormal::seed},
             Field{"shape", &RandomNormal::shape, kRequiredField}};
};

/// The same with the input's sizes, and its type unless `dtype` says otherwise.
struct RandomNormalLike {
  DType dtype = DType::kUndefined;
  float mean = 0.0F;
  float scale = 1.0F;
  std::optional<float> seed;
  static constexpr auto fields =
      Fields{Field{"dtype", &RandomNormalLike::dtype}, Field{"mean", &RandomNormalLike::mean},
             Field{"scale", &RandomNormalLike::scale}, Field{"seed", &RandomNormalLike::seed}};
};

/// Numbers of sizes `shape`, evenly distributed over [low, high).
struct RandomUniform {
  DType dtype = DType::kF32;
  float high = 1.0F;
  float low = 0.0F;
  std::optional<float> seed;
  std::vector<std::int64_t> shape;
  static constexpr auto fields =
      Fields{Field{"dtype", &RandomUniform::dtype}, Field{"high", &RandomUniform::high},
             Field{"low", &RandomUniform::low}, Field{"seed", &RandomUniform::seed},
             Field{"shape", &RandomUniform::shape, kRequiredField}};
};

/// The same with the input's sizes, and its type unless `dtype` says otherwise.
struct RandomUniformLike {
  DType dtype = DType::kUndefined;
  float high = 1.0F;
  float low = 0.0F;
  std::optional<float> seed;
  static constexpr auto fields =
      Fields{Field{"dtype", &RandomUniformLike::dtype}, Field{"high", &RandomUniformLike::high},
             Field{"low", &RandomUniformLike::low}, Field{"seed", &RandomUniformLike::seed}};
};

}  // namespace tern::ops
