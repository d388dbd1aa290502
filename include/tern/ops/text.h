// Strings (onnx.ai/onnx/operators), as UTF-8.
#pragma once

#include "tern/op.h"

namespace tern::ops {

enum class CaseChange { kNone, kLower, kUpper };

/// What TfIdfVectorizer says of an n-gram that occurs f times: f, its weight if f > 0, f * weight.
enum class NgramWeighting { kTf, kIdf, kTfIdf };

}  // namespace tern::ops

template <>
struct tern::AttributeEnum<tern::ops::CaseChange> {
  static constexpr std::array<std::string_view, 3> names{"NONE", "LOWER", "UPPER"};
};
template <>
struct tern::AttributeEnum<tern::ops::NgramWeighting> {
  static constexpr std::array<std::string_view, 3> names{"TF", "IDF", "TFIDF"};
};

namespace tern::ops {

/// Whether the whole of each string matches `pattern`, in the syntax of RE2
/// (github.com/google/re2/wiki/Syntax). Needs TERN_WITH_TEXT.
struct RegexFullMatch {
  std::string pattern;
  static constexpr auto fields = Fields{Field{"pattern", &RegexFullMatch::pattern, kRequiredField}};
};

/// X followed by Y, with broadcasting.
struct StringConcat {
  static constexpr auto fields = Fields{};
};

/// X ([C] or [1, C]) without the strings that are stop words, in lower or upper case. Stop words
/// are compared as they stand, or without regard to case; one empty string remains of nothing.
/// `locale` is a name like "tr_TR", default "en_US". Letters beyond ASCII need TERN_WITH_TEXT.
struct StringNormalizer {
  CaseChange case_change_action = CaseChange::kNone;
  bool is_case_sensitive = false;
  std::string locale;
  std::vector<std::string> stopwords;
  static constexpr auto fields = Fields{
      Field{"case_change_action", &StringNormalizer::case_change_action},
      Field{"is_case_sensitive", &StringNormalizer::is_case_sensitive},
      Field{"locale", &StringNormalizer::locale}, Field{"stopwords", &StringNormalizer::stopwords}};
};

/// The pieces of each string between delimiters, along a new last axis that is filled up with "",
/// and how many there are (i64). An empty delimiter stands for any run of white space, which also
/// goes away at both ends. At most `maxsplit` delimiters count, from the front.
struct StringSplit {
  std::string delimiter;
  std::optional<std::int64_t> maxsplit;
  static constexpr auto fields = Fields{Field{"delimiter", &StringSplit::delimiter},
                                        Field{"maxsplit", &StringSplit::maxsplit}};
};

/// Counts n-grams of the pool in each row of X ([C] or [N, C], integers or strings), f32. The pool
/// lists 1-grams, 2-grams and so on, `ngram_counts` says where each kind starts, `ngram_indexes` to
/// which column of the output each n-gram counts, and `weights` what it weighs (1 when left out).
/// N-grams of min_gram_length to max_gram_length are counted, with 0 to max_skip_count items left
/// out between two of their items.
struct TfIdfVectorizer {
  std::int64_t max_gram_length = 0;
  std::int64_t max_skip_count = 0;
  std::int64_t min_gram_length = 0;
  NgramWeighting mode = NgramWeighting::kTf;
  std::vector<std::int64_t> ngram_counts;
  std::vector<std::int64_t> ngram_indexes;
  std::vector<std::int64_t> pool_int64s;
  std::vector<std::string> pool_strings;
  std::vector<float> weights;
  static constexpr auto fields =
      Fields{Field{"max_gram_length", &TfIdfVectorizer::max_gram_length, kRequiredField},
             Field{"max_skip_count", &TfIdfVectorizer::max_skip_count, kRequiredField},
             Field{"min_gram_length", &TfIdfVectorizer::min_gram_length, kRequiredField},
             Field{"mode", &TfIdfVectorizer::mode, kRequiredField},
             Field{"ngram_counts", &TfIdfVectorizer::ngram_counts, kRequiredField},
             Field{"ngram_indexes", &TfIdfVectorizer::ngram_indexes, kRequiredField},
             Field{"pool_int64s", &TfIdfVectorizer::pool_int64s},
             Field{"pool_strings", &TfIdfVectorizer::pool_strings},
             Field{"weights", &TfIdfVectorizer::weights}};
};

}  // namespace tern::ops
