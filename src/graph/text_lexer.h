// Tokens of the text form of graphs (docs/formats/graph_text.md).
#pragma once

#include <string>
#include <string_view>

#include "tern/status.h"

namespace tern {

enum class TokenKind : std::uint8_t {
  kEnd,
  kName,    // letters, digits and _ . / $ -, not beginning with a digit, '.', '$' or '-'
  kString,  // with its quotes and escapes
  kNumber,  // begins with a digit, or a sign and a digit; or is -inf
  kPunctuation,
  kBad,  // text is what is wrong with it
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  int line = 1;
  int column = 1;  // in bytes
};

/// Views into the text, which must outlive them.
class TextLexer {
 public:
  explicit TextLexer(std::string_view text) : text_(text) {}

  Token next();
  /// Bytes not looked at yet.
  std::size_t bytes_left() const { return text_.size() - at_; }

 private:
  void skip_space();
  Token token(TokenKind kind, std::size_t length);
  Token bad(std::string_view what) const;
  std::size_t string_length() const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

/// True when the text form can spell `name` without quotes. "_" alone stands for a value left out.
bool is_bare_name(std::string_view name);

/// `text` in quotes. Bytes that are not UTF-8, and control characters, are escaped.
void append_quoted(std::string& out, std::string_view text);
/// `name` bare where it can be, else quoted.
void append_name(std::string& out, std::string_view name);

/// The reverse of append_quoted for a kString token; fails for an escape that is none.
Result<std::string> unquote(std::string_view quoted);

}  // namespace tern
