// The operators tern has, read from its own tables: what `tern ops` shows and docs/ops.md lists.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern::inspect {

enum class GradientKind : std::uint8_t {
  kNone,
  kRule,       ///< the operator has a rule
  kExpansion,  ///< it is written with simpler operators, which have theirs
};

struct OpEntry {
  std::string_view domain;
  std::string_view name;
  std::string_view summary;
  int since = 1;          ///< the oldest opset with today's meaning
  int newest = 0;         ///< the newest opset that is read; 0 where none is set
  bool upgraded = false;  ///< nodes of older opsets are rewritten on import
  bool lowered = false;   ///< becomes other operators on import; nothing below is said of it
  std::string types;      ///< "X: f32, f64; axes: i64", with names for common sets
  std::vector<std::string_view> kernels;  ///< of all instruction sets; channels last included
  GradientKind gradient = GradientKind::kNone;
};

/// All operators, sorted by domain and name.
std::vector<OpEntry> op_index();
/// Those whose name contains `part`, whatever the case of letters.
std::vector<OpEntry> op_index(std::string_view part);

/// A line per operator in columns.
std::string to_text(std::span<const OpEntry> index);
/// An array of objects.
std::string to_json(std::span<const OpEntry> index);

}  // namespace tern::inspect
