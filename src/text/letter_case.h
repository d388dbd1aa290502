// Lower and upper case of UTF-8 text.
#pragma once

#include <string>
#include <string_view>

#include "tern/status.h"

namespace tern::text {

enum class LetterCase { kLower, kUpper };

/// All of `text` in lower or upper case by Unicode's full mappings, so that its length may change,
/// and by the rules of `locale`, a name like "tr_TR" or "en_US.UTF-8" ("": none in particular).
/// What is no UTF-8 stays. Without TERN_WITH_TEXT only ASCII text can be had.
Result<std::string> change_case(std::string_view text, LetterCase to, std::string_view locale);

}  // namespace tern::text
