// Checkpoints of training: every element that a tensor claims to have is there, and a state that is
// accepted can be written and read again. Checksums are ignored too, or nearly nothing would get
// past them.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "train/checkpoint/trainer_state.h"

namespace {

using tern::train::Checksums;

void check_state(const tern::train::NamedTensors& tensors) {
  const auto state = tern::train::state_of(tensors);
  if (!state.ok()) return;
  const auto again = tern::train::state_of(to_tensors(*state, tern::train::variables_of(tensors)));
  TERN_CHECK(again.ok(), "{}", again.status().message());
  TERN_CHECK(again->step == state->step && again->best.size() == state->best.size(), "another");
}

void check(std::span<const std::byte> bytes, Checksums checksums) {
  const auto parsed = tern::train::parse_checkpoint(bytes, checksums);
  if (!parsed.ok()) return;
  for (const auto& [name, tensor] : *parsed) {
    const auto copy = tensor.clone();
    TERN_CHECK(copy.ok(), "{}", copy.status().message());
    TERN_CHECK(tern::identical(tensor, *copy), "{}", tensor.to_string());
  }
  check_state(*parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check(bytes, Checksums::kVerify);
  check(bytes, Checksums::kIgnore);
  return 0;
}
