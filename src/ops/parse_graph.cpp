#include "graph/text_parser.h"
#include "ops/control_flow.h"
#include "ops/op_table.h"
#include "tern/graph_text.h"

namespace tern {

Result<Graph> parse_graph(std::string_view text, std::string_view source) {
  return parse_graph(text, source, {.find = find_op, .bodies = body_count});
}

}  // namespace tern
