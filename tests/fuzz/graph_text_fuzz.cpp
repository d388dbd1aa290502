// The text form of graphs: refused with a place, or a graph that the verifier accepts and that
// survives being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "graph/verify.h"
#include "tern/graph_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto graph = tern::parse_graph(text, "fuzz");
  if (!graph.ok()) {
    TERN_CHECK(graph.status().message().starts_with("fuzz:"), "{}", graph.status().message());
    return 0;
  }
  const tern::Status verified = tern::verify(*graph);
  TERN_CHECK(verified.ok(), "{}", verified.message());
  const std::string written = tern::to_text(*graph);
  const auto back = tern::parse_graph(written, "written");
  TERN_CHECK(back.ok(), "{}\n{}", back.status().message(), written);
  TERN_CHECK(tern::to_text(*back) == written, "{}", written);
  return 0;
}
