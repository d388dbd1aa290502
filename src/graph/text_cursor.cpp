#include "graph/text_cursor.h"

#include "base/errors.h"
#include "base/strings.h"

namespace tern {
namespace {

// Long tokens, and bytes that a terminal might obey, are not for messages.
std::string shown(const Token& token) {
  constexpr std::size_t kLongest = 40;
  if (token.kind == TokenKind::kEnd) return "the end of the text";
  if (token.kind == TokenKind::kBad) return std::string(token.text);
  if (token.kind == TokenKind::kString) {
    std::string text;
    append_quoted(text, token.text.substr(1, std::min(token.text.size() - 2, kLongest)));
    return text;
  }
  if (token.text.size() > kLongest) return fmt::format("'{}...'", token.text.substr(0, kLongest));
  return fmt::format("'{}'", token.text);
}

}  // namespace

TextCursor::TextCursor(std::string_view text, std::string_view source)
    : lexer_(text), source_(source), token_(lexer_.next()), following_(lexer_.next()) {}

void TextCursor::advance() {
  token_ = following_;
  following_ = lexer_.next();
}

std::size_t TextCursor::bytes_left() const {
  return lexer_.bytes_left() + token_.text.size() + following_.text.size();
}

bool TextCursor::take(std::string_view punctuation) {
  if (!at(punctuation)) return false;
  advance();
  return true;
}

Status TextCursor::expect(std::string_view punctuation) {
  if (take(punctuation)) return {};
  return unexpected(fmt::format("'{}'", punctuation));
}

Result<std::string> TextCursor::name(std::string_view what) {
  const Token here = token_;
  if (here.kind == TokenKind::kName && here.text != "_") {
    advance();
    return std::string(here.text);
  }
  if (here.kind != TokenKind::kString) return unexpected(what);
  TERN_ASSIGN_OR_RETURN(std::string text, string(what));
  if (text.empty()) return error(here, "{} cannot be empty", what);
  return text;
}

Result<std::string> TextCursor::string(std::string_view what) {
  if (token_.kind != TokenKind::kString) return unexpected(what);
  Result<std::string> text = unquote(token_.text);
  if (!text.ok()) return located(token_, text.status());
  advance();
  return text;
}

Result<std::int64_t> TextCursor::size(std::string_view what) {
  const std::optional<std::int64_t> number =
      token_.kind == TokenKind::kNumber ? parse_int(token_.text) : std::nullopt;
  if (!number || *number < 0) return unexpected(what);
  advance();
  return *number;
}

Status TextCursor::located(const Token& token, Status status) const {
  return std::move(status).with_context(fmt::format("{}:{}:{}", source_, token.line, token.column));
}

Status TextCursor::unexpected(std::string_view wanted) const {
  return error(token_, "expected {}, found {}", wanted, shown(token_));
}

}  // namespace tern
