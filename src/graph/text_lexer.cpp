#include "graph/text_lexer.h"

#include <algorithm>

#include "base/errors.h"
#include "base/utf8.h"

namespace tern {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool starts_name(char c) { return is_letter(c) || c == '_' || c == '/'; }
bool continues_name(char c) {
  return starts_name(c) || is_digit(c) || c == '.' || c == '$' || c == '-';
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::size_t name_length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, continues_name) - text.begin());
}

// Everything that could belong to a number; whether it is one is for the reader of its kind.
std::size_t number_length(std::string_view text) {
  std::size_t length = 0;
  if (text[0] == '-' || text[0] == '+') ++length;
  const bool hexadecimal = text.substr(length).starts_with("0x");
  for (; length < text.size(); ++length) {
    const char c = text[length];
    const bool exponent_sign = (c == '-' || c == '+') && !hexadecimal && length > 1 &&
                               (text[length - 1] == 'e' || text[length - 1] == 'E');
    if (!is_digit(c) && !is_letter(c) && c != '.' && !exponent_sign) break;
  }
  return length;
}

bool starts_number(std::string_view text) {
  if (is_digit(text[0])) return true;
  if (text[0] != '-' && text[0] != '+') return false;
  return (text.size() > 1 && is_digit(text[1])) || text.substr(1).starts_with("inf");
}

int hex_value(char c) { return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10; }

}  // namespace

Token TextLexer::token(TokenKind kind, std::size_t length) {
  const Token made{.kind = kind,
                   .text = text_.substr(at_, length),
                   .line = line_,
                   .column = static_cast<int>(at_ - line_start_) + 1};
  at_ += length;
  return made;
}

// Stays where it is, so that the same complaint comes again.
Token TextLexer::bad(std::string_view what) const {
  return {.kind = TokenKind::kBad,
          .text = what,
          .line = line_,
          .column = static_cast<int>(at_ - line_start_) + 1};
}

void TextLexer::skip_space() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      return;
    }
  }
}

// Of the string that begins here, with both quotes; 0 when its line ends before it does.
std::size_t TextLexer::string_length() const {
  for (std::size_t i = at_ + 1; i < text_.size() && text_[i] != '\n'; ++i) {
    if (text_[i] == '\\' && text_.substr(i + 1, 1) != "\n") {
      ++i;
    } else if (text_[i] == '"') {
      return i + 1 - at_;
    }
  }
  return 0;
}

Token TextLexer::next() {
  skip_space();
  if (at_ == text_.size()) return token(TokenKind::kEnd, 0);
  const std::string_view rest = text_.substr(at_);
  if (starts_name(rest[0])) return token(TokenKind::kName, name_length(rest));
  if (starts_number(rest)) return token(TokenKind::kNumber, number_length(rest));
  if (rest[0] == '"') {
    const std::size_t length = string_length();
    return length == 0 ? bad("a string that does not end on its line")
                       : token(TokenKind::kString, length);
  }
  if (rest.starts_with("...")) return token(TokenKind::kPunctuation, 3);
  if (std::string_view("{}[]()<>,:=@?").find(rest[0]) != std::string_view::npos) {
    return token(TokenKind::kPunctuation, 1);
  }
  return bad("a character that means nothing here");
}

bool is_bare_name(std::string_view name) {
  return !name.empty() && name != "_" && starts_name(name[0]) && name_length(name) == name.size();
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const std::size_t length = utf8_length(text);
    if (text[0] == '"' || text[0] == '\\') {
      out += '\\';
      out += text[0];
    } else if (text[0] == '\n') {
      out += "\\n";
    } else if (text[0] == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f || length == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

void append_name(std::string& out, std::string_view name) {
  if (is_bare_name(name)) {
    out += name;
  } else {
    append_quoted(out, name);
  }
}

Result<std::string> unquote(std::string_view quoted) {
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      plain += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == '"' || c == '\\') {
      plain += c;
    } else if (c == 'n') {
      plain += '\n';
    } else if (c == 't') {
      plain += '\t';
    } else if (c == 'x' && i + 2 < text.size() && is_hex_digit(text[i + 1]) &&
               is_hex_digit(text[i + 2])) {
      plain += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      return invalid_argument(
          "an escape in a string is one of \\\" \\\\ \\n \\t \\x and two "
          "hexadecimal digits");
    }
  }
  return plain;
}

}  // namespace tern
