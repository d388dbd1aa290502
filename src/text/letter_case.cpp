#include "text/letter_case.h"

#include <unicode/ucasemap.h>

#include <limits>
#include <memory>

#include "base/errors.h"

namespace tern::text {
namespace {

struct Close {
  void operator()(UCaseMap* map) const { ucasemap_close(map); }
};

}  // namespace

Result<std::string> change_case(std::string_view text, LetterCase to, std::string_view locale) {
  constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max() / 4;
  if (text.size() > kMost) {
    return resource_exhausted("a text of {} bytes, the limit is {}", text.size(), kMost);
  }
  const std::string name(locale.substr(0, locale.find('.')));  // without the character set
  UErrorCode code = U_ZERO_ERROR;
  const std::unique_ptr<UCaseMap, Close> map(ucasemap_open(name.c_str(), 0, &code));
  if (U_FAILURE(code)) return invalid_argument("locale '{}': {}", locale, u_errorName(code));
  const auto convert = to == LetterCase::kLower ? &ucasemap_utf8ToLower : &ucasemap_utf8ToUpper;
  const auto bytes = static_cast<std::int32_t>(text.size());
  std::string changed(text.size() + 1, '\0');
  // The second round has the room that the first asked for.
  for (int round = 0; round < 2; ++round) {
    code = U_ZERO_ERROR;
    const std::int32_t needed =
        convert(map.get(), changed.data(), static_cast<std::int32_t>(changed.size()), text.data(),
                bytes, &code);
    const bool fits = code != U_BUFFER_OVERFLOW_ERROR;
    if (fits && U_FAILURE(code)) return internal_error("change of case: {}", u_errorName(code));
    changed.resize(static_cast<std::size_t>(needed) + (fits ? 0 : 1));
    if (fits) break;
  }
  return changed;
}

}  // namespace tern::text
