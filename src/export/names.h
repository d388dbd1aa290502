// Names of values and nodes as a file may hold them: valid UTF-8, not empty, unique.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "tern/graph.h"

namespace tern::onnx {

/// `text` with '_' in place of every byte that is not part of valid UTF-8.
std::string valid_utf8(std::string_view text);

class Names {
 public:
  explicit Names(const Graph& graph) : graph_(graph) {}

  /// The name of a value in the file, its own wherever that is possible; "" for kNoValue.
  const std::string& of(ValueId value);
  /// A name that no value has.
  std::string fresh_value(std::string_view wanted) { return unique(wanted, values_taken_); }
  /// A node's name: `wanted`, with a suffix if another node has it, or made of its operator.
  std::string node(std::string_view wanted, std::string_view op_type);

 private:
  struct Taken {
    std::unordered_set<std::string> names;
    std::unordered_map<std::string, unsigned> next_suffix;
  };
  static std::string unique(std::string_view wanted, Taken& taken);

  const Graph& graph_;
  Taken values_taken_;
  Taken nodes_taken_;
  std::unordered_map<ValueId, std::string> names_;
};

}  // namespace tern::onnx
