// Networks on text and bytes: a file type classifier with the answers of its authors, and an
// encoder of sentences with the embeddings that another library computes.
#include <algorithm>
#include <optional>

#include "base/compress.h"
#include "base/file.h"
#include "base/strings.h"
#include "tests/conformance/real_models.h"
#include "tests/support/tensors.h"

namespace tern::testing {
namespace {

std::string member(const JsonValue& object, std::string_view name) {
  const JsonValue* value = object.find(name);
  return value == nullptr || value->as_string() == nullptr ? "" : *value->as_string();
}

std::vector<double> numbers(const JsonValue* list) {
  std::vector<double> found;
  if (list == nullptr || list->as_array() == nullptr) return found;
  for (const JsonValue& item : *list->as_array()) found.push_back(item.as_number().value_or(0));
  return found;
}

// RFC 4648, section 4.
std::string from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

class Magika : public RealModels {
 protected:
  // The features of config.min.json, as features_extraction_examples.json.gz shows them: the first
  // beg_size bytes of the first block without white space before them, and the last end_size bytes
  // of the last block without white space behind them, each filled up with 256.
  static constexpr std::size_t kBlock = 4096, kBegin = 1024, kEnd = 1024, kSmallest = 8;

  static std::optional<Tensor> features(std::string_view content) {
    constexpr std::string_view kSpace = " \t\n\r\v\f";
    std::string_view begin = content.substr(0, kBlock);
    begin.remove_prefix(std::min(begin.find_first_not_of(kSpace), begin.size()));
    begin = begin.substr(0, kBegin);
    std::string_view end = content.substr(content.size() - std::min(content.size(), kBlock));
    end = end.substr(0, end.find_last_not_of(kSpace) + 1);
    end = end.substr(end.size() - std::min(end.size(), kEnd));
    if (begin.size() < kSmallest) return std::nullopt;
    std::vector<std::int64_t> values(kBegin + kEnd, 256);
    const auto to_int = [](char c) { return std::int64_t{static_cast<unsigned char>(c)}; };
    std::ranges::transform(begin, values.begin(), to_int);
    std::ranges::transform(end, values.end() - static_cast<std::ptrdiff_t>(end.size()), to_int);
    return i32({1, static_cast<std::int64_t>(values.size())}, values);
  }
};

TEST_F(Magika, GivesTheReference) {
  expect_reference("onnx-magika/model.onnx", "onnx-magika/ort_reference/model");
}

TEST_F(Magika, TellsTheTypesThatItsAuthorsRecorded) {
  const JsonValue config = json(file("onnx-magika/config.min.json"));
  const JsonValue* labels = config.find("target_labels_space");
  ASSERT_TRUE(labels != nullptr && labels->as_array() != nullptr);
  const Result<std::string> text =
      read_file_unzipped(file("onnx-magika/standard_v3_3-inference_examples_by_content.json.gz"));
  ASSERT_TRUE(text.ok()) << text.status().to_string();
  const Result<JsonValue> examples = parse_json(*text);
  ASSERT_TRUE(examples.ok()) << examples.status().to_string();
  Result<Session> session = Session::load(file("onnx-magika/model.onnx"));
  ASSERT_TRUE(session.ok()) << session.status().to_string();

  int seen = 0;
  for (const JsonValue& example : *examples->as_array()) {
    const std::string content = from_base64(member(example, "content_base64"));
    const JsonValue& prediction = *example.find("prediction");
    const std::optional<Tensor> bytes = features(content);
    if (!bytes) {
      EXPECT_EQ(member(prediction, "dl"), "undefined");
      continue;
    }
    NamedTensors outputs = run_by_name(*session, {{"bytes", *bytes}});
    ASSERT_TRUE(outputs["target_label"].defined());
    const auto scores = outputs["target_label"].span<float>();
    const auto best = std::ranges::max_element(scores);
    const auto index = static_cast<std::size_t>(best - scores.begin());
    EXPECT_EQ(*(*labels->as_array())[index].as_string(), member(prediction, "dl"));
    // The network takes a variance as the difference of two means. Where nearly all of the input is
    // padding that leaves three digits, in every runtime.
    const double tolerance = content.size() < 16 ? 5e-3 : 1e-4;
    EXPECT_NEAR(*best, *prediction.find("score")->as_number(), tolerance);
    ++seen;
  }
  EXPECT_EQ(seen, 129);  // of 141; twelve are too short to ask the network
}

class TinyBert : public RealModels {
 protected:
  // Lower-case WordPiece with the longest piece first (Wu et al. 2016), for text of ASCII letters
  // and punctuation.
  static std::vector<std::int64_t> pieces(const JsonValue& vocabulary, std::string_view text) {
    std::vector<std::int64_t> ids;
    const auto id_of = [&](const std::string& piece) -> const std::int64_t* {
      const JsonValue* id = vocabulary.find(piece);
      return id == nullptr ? nullptr : id->as_int();
    };
    const std::string lower = to_lower(text);
    for (const std::string_view word : split(lower, ' ')) {
      std::size_t at = 0;
      while (at < word.size()) {
        std::size_t length = word.size() - at;
        const std::int64_t* id = nullptr;
        for (; length > 0; --length) {
          const std::string piece(word.substr(at, length));
          // Punctuation is a word of its own and begins nothing.
          const bool starts = at == 0 || std::ispunct(static_cast<unsigned char>(piece[0])) != 0;
          id = id_of(starts ? piece : "##" + piece);
          if (id != nullptr) break;
        }
        if (id == nullptr) {
          ADD_FAILURE() << "the vocabulary has no pieces for " << word;
          return ids;
        }
        ids.push_back(*id);
        at += length;
      }
    }
    return ids;
  }
};

TEST_F(TinyBert, GivesTheRecordedEmbeddings) {
  const JsonValue expected = json(file("onnx-tinybert/expected.json"));
  const JsonValue tokenizer = json(file("onnx-tinybert/tinybert-tokenizer.json"));
  ASSERT_TRUE(tokenizer.find("model") != nullptr);
  const JsonValue* vocabulary = tokenizer.find("model")->find("vocab");
  ASSERT_TRUE(vocabulary != nullptr);
  std::vector<std::int64_t> ids = pieces(*vocabulary, member(expected, "sentence"));
  ASSERT_EQ(static_cast<std::int64_t>(ids.size()),
            *expected.find("token_count_without_cls_sep")->as_int());
  ids.insert(ids.begin(), *vocabulary->find("[CLS]")->as_int());
  ids.push_back(*vocabulary->find("[SEP]")->as_int());

  const auto length = static_cast<std::int64_t>(ids.size());
  std::vector<double> tokens;
  const JsonValue* rows = expected.find("token_embeddings");
  ASSERT_TRUE(rows != nullptr && rows->as_array() != nullptr);
  for (const JsonValue& row : *rows->as_array()) {
    const std::vector<double> values = numbers(&row);
    tokens.insert(tokens.end(), values.begin(), values.end());
  }
  const std::vector<double> pooled = numbers(expected.find("cls_embedding"));
  const auto width = static_cast<std::int64_t>(pooled.size());
  // Upstream compares at 1e-7 with the runtime that wrote the numbers; another order of summation
  // moves the last bits.
  expect_outputs(
      "onnx-tinybert/tinybert.onnx",
      {{"input_ids", i64({1, length}, ids)},
       {"attention_mask", i64({1, length}, std::vector<std::int64_t>(ids.size(), 1))},
       {"token_type_ids", i64({1, length}, std::vector<std::int64_t>(ids.size(), 0))}},
      {{"output_0", f32({1, length, width}, tokens)}, {"output_1", f32({1, width}, pooled)}},
      {.rtol = 0, .atol = 2e-6});
}

}  // namespace
}  // namespace tern::testing
