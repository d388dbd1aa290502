// In place of letter_case.cpp without TERN_WITH_TEXT.
#include "base/errors.h"
#include "text/letter_case.h"

namespace tern::text {

Result<std::string> change_case(std::string_view text, LetterCase to, std::string_view) {
  std::string changed(text);
  for (char& c : changed) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return unimplemented(
          "the case of letters beyond ASCII: tern was built with TERN_WITH_TEXT=OFF");
    }
    if (to == LetterCase::kLower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 'a' - 'A');
    if (to == LetterCase::kUpper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return changed;
}

}  // namespace tern::text
