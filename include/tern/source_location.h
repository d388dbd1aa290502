// SourceLocation: where a caller stands, as a default argument.
//
//   void add(Node node, SourceLocation where = SourceLocation::current());
#pragma once

namespace tern {

/// File and line of a call. std::source_location does the same but is missing from clang 14.
struct SourceLocation {
  const char* file = "";
  int line = 0;

  /// The place of the call whose default argument this is.
  static constexpr SourceLocation current(const char* file = __builtin_FILE(),
                                          int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace tern
