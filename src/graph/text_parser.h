// The parser of the text form of graphs (tern/graph_text.h, docs/formats/graph_text.md).
#pragma once

#include <string_view>

#include "graph/op_def.h"

namespace tern {

/// What the parser must know of operators; the ops module has it.
struct OperatorTable {
  /// Null for an operator that there is not.
  const OpDef* (*find)(std::string_view domain, std::string_view name);
  /// How many bodies an operator has.
  std::size_t (*bodies)(const OpDef& def);
};

/// Bodies inside bodies go no deeper.
inline constexpr int kMaxBodyDepth = 32;

Result<Graph> parse_graph(std::string_view text, std::string_view source,
                          const OperatorTable& operators);

}  // namespace tern
