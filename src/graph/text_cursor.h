// TextCursor: a place in a text form, with the token there and the one after it, and failures that
// say where they happened.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "graph/text_lexer.h"

namespace tern {

class TextCursor {
 public:
  /// Both must outlive the cursor. `source` names the text in failures.
  TextCursor(std::string_view text, std::string_view source);

  const Token& token() const { return token_; }
  const Token& following() const { return following_; }
  void advance();
  std::size_t bytes_left() const;

  bool at(std::string_view punctuation) const { return is(token_, punctuation); }
  static bool is(const Token& token, std::string_view punctuation) {
    return token.kind == TokenKind::kPunctuation && token.text == punctuation;
  }
  bool at_word(std::string_view word) const {
    return token_.kind == TokenKind::kName && token_.text == word;
  }
  /// Steps over the punctuation if it is there.
  bool take(std::string_view punctuation);
  Status expect(std::string_view punctuation);

  /// A bare or quoted name, which `what` describes; never empty and not "_".
  Result<std::string> name(std::string_view what);
  /// A quoted string.
  Result<std::string> string(std::string_view what);
  /// A number without sign or fraction.
  Result<std::int64_t> size(std::string_view what);

  /// kInvalidArgument with the place of `token`.
  template <class... Args>
  Status error(const Token& token, fmt::format_string<Args...> format, Args&&... args) const {
    return located(token, Status(StatusCode::kInvalidArgument,
                                 fmt::format(format, std::forward<Args>(args)...)));
  }
  /// `status` with the place of `token` in front.
  Status located(const Token& token, Status status) const;
  /// What is here is not what should be.
  Status unexpected(std::string_view wanted) const;

 private:
  TextLexer lexer_;
  std::string_view source_;
  Token token_;
  Token following_;
};

}  // namespace tern
