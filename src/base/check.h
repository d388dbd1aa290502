// TERN_CHECK: assertions about tern's own code that stay on in release builds. Nothing that input
// can reach may be checked with them; input errors are Status values (base/errors.h).
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace tern::internal {

[[noreturn]] void die_check_failed(const char* file, int line, const char* condition,
                                   std::string_view message);

}  // namespace tern::internal

/// Ends the program with file, line, condition and a formatted message unless `condition` holds.
#define TERN_CHECK(condition, ...)                                       \
  do {                                                                   \
    if (!(condition)) [[unlikely]]                                       \
      ::tern::internal::die_check_failed(__FILE__, __LINE__, #condition, \
                                         ::fmt::format("" __VA_ARGS__)); \
  } while (false)

/// TERN_CHECK for hot loops: compiled out with NDEBUG.
#ifdef NDEBUG
#define TERN_DCHECK(condition, ...) \
  do {                              \
  } while (false && (condition))
#else
#define TERN_DCHECK(condition, ...) TERN_CHECK(condition, __VA_ARGS__)
#endif
