// What GroupNormalization, InstanceNormalization and their gradient share: runs of neighbouring
// channels of one image that are normalised together.
#pragma once

#include <span>

#include "graph/op_def.h"
#include "ops/nn/normalization.h"
#include "ops/reference.h"

namespace tern::ops {

/// Fails unless X is [N, C, ...], the parameters are vectors of C and C is a multiple of `groups`,
/// where 0 stands for C itself. `offset` is the place of X among the inputs; scale follows, and
/// `bias` after it where it is asked for.
Status check_channel_groups(const InferContext& c, std::size_t offset, std::int64_t groups,
                            bool with_bias);

/// The groups of a concrete X: each is a run of `size` elements, `positions` per channel.
struct ChannelGroups {
  std::int64_t count = 0;  // of all images
  std::int64_t per_image = 1;
  std::int64_t channels = 1;  // of a group
  std::int64_t positions = 1;

  ChannelGroups(const tern::Shape& x, std::int64_t groups);
  std::int64_t size() const { return channels * positions; }
  /// The elements of a group.
  template <class T>
  std::span<T> of(std::span<T> all, std::int64_t group) const {
    return all.subspan(static_cast<std::size_t>(group * size()), static_cast<std::size_t>(size()));
  }
  /// The channel of element `i` of a group, among all channels of the image.
  std::size_t channel(std::int64_t group, std::size_t i) const {
    return static_cast<std::size_t>(group % per_image * channels +
                                    static_cast<std::int64_t>(i) / positions);
  }
};

/// Inputs X, scale, bias.
void reference_channel_groups(ReferenceContext& c, std::int64_t groups, double epsilon);

}  // namespace tern::ops
