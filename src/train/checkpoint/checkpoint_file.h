// Checkpoint files: named tensors, each with a checksum. What stands in one is the trainer's
// business (trainer_state.h); docs/formats/checkpoint.md describes the bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::train {

using NamedTensors = std::map<std::string, Tensor, std::less<>>;

/// Replaces the file in one step and has it on the disk before it returns: after a crash or a full
/// disk the old file is whole. Strings cannot be written.
Status write_checkpoint(const std::string& path, const NamedTensors& tensors);

/// kDataLoss for anything but a whole file, kUnimplemented for a later version of the format;
/// messages begin with the path.
Result<NamedTensors> read_checkpoint(const std::string& path);

enum class Checksums : bool { kIgnore, kVerify };

/// The same from memory. Tensors own their elements; what is allocated is bounded by the size of
/// `bytes`. Ignoring checksums lets a fuzzer reach what stands behind them.
Result<NamedTensors> parse_checkpoint(std::span<const std::byte> bytes,
                                      Checksums checksums = Checksums::kVerify);

}  // namespace tern::train
