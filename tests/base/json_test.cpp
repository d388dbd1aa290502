#include "base/json.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;

std::string written(const std::function<void(JsonWriter&)>& body,
                    NonFinite non_finite = NonFinite::kNull) {
  std::string out;
  JsonWriter json(out, non_finite);
  body(json);
  return out;
}

TEST(JsonWriter, NestsAndSeparates) {
  EXPECT_EQ(written([](JsonWriter& json) {
              json.begin_object();
              json.field("name", "lenet");
              json.key("shape");
              json.begin_array();
              json.value(1);
              json.begin_array();
              json.end_array();
              json.value(true);
              json.null();
              json.end_array();
              json.field("bytes", std::uint64_t{18446744073709551615u});
              json.end_object();
            }),
            R"({"name":"lenet","shape":[1,[],true,null],"bytes":18446744073709551615})");
}

TEST(JsonWriter, EscapesWhatJsonDemands) {
  EXPECT_EQ(json_quoted("a\"b\\c\n\r\t\x01/\x7f"), "\"a\\\"b\\\\c\\n\\r\\t\\u0001/\x7f\"");
  EXPECT_EQ(json_quoted("数字"), "\"数字\"");
}

TEST(JsonWriter, ReplacesBytesThatAreNotUtf8) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(json_quoted("a\xff z"), "\"a" + bad + " z\"");
  EXPECT_EQ(json_quoted("\xc0\xaf"), "\"" + bad + bad + "\"");            // overlong '/'
  EXPECT_EQ(json_quoted("\xed\xa0\x80"), "\"" + bad + bad + bad + "\"");  // a surrogate
  EXPECT_EQ(json_quoted("\xe2\x82"), "\"" + bad + bad + "\"");            // cut off
  EXPECT_EQ(json_quoted("\xf4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");
}

TEST(JsonWriter, NumbersReadBackTheSame) {
  EXPECT_EQ(written([](JsonWriter& json) { json.value(0.1F); }), "0.1");
  EXPECT_EQ(written([](JsonWriter& json) { json.value(0.1); }), "0.1");
  EXPECT_EQ(written([](JsonWriter& json) { json.value(1.0 / 3); }), "0.3333333333333333");
  EXPECT_EQ(written([](JsonWriter& json) { json.value(std::int8_t{-7}); }), "-7");
  EXPECT_EQ(written([](JsonWriter& json) {
              json.value(std::span<const float>(std::vector<float>{1, -2.5, 1e20F}));
            }),
            "[1,-2.5,1e+20]");
}

TEST(JsonWriter, NonFiniteNumbersFollowThePolicy) {
  const auto body = [](JsonWriter& json) {
    const float inf = std::numeric_limits<float>::infinity();
    json.value(std::span<const float>(std::vector<float>{inf, -inf, inf - inf}));
  };
  EXPECT_EQ(written(body, NonFinite::kNull), "[null,null,null]");
  EXPECT_EQ(written(body, NonFinite::kString), R"(["Infinity","-Infinity","NaN"])");
  EXPECT_EQ(written(body, NonFinite::kLiteral), "[Infinity,-Infinity,NaN]");
}

TEST(ParseJson, BuildsTheTree) {
  const Result<JsonValue> parsed =
      parse_json(R"( {"a": [1, -2.5, true, null], "b": {"c": "x\u00e9\n"}} )");
  ASSERT_THAT(parsed, IsOk());
  const JsonValue::Array& a = *parsed->find("a")->as_array();
  ASSERT_EQ(a.size(), 4u);
  EXPECT_EQ(*a[0].as_int(), 1);
  EXPECT_EQ(a[0].as_number(), 1.0);
  EXPECT_EQ(a[1].as_number(), -2.5);
  EXPECT_EQ(a[1].as_int(), nullptr);
  EXPECT_TRUE(*a[2].as_bool());
  EXPECT_TRUE(a[3].is_null());
  EXPECT_EQ(*parsed->find("b")->find("c")->as_string(), "xé\n");
  EXPECT_EQ(parsed->find("none"), nullptr);
  EXPECT_EQ(a[0].find("a"), nullptr);
  EXPECT_EQ(parsed->kind(), "object");
}

TEST(ParseJson, KeepsIntegersExactAndGrowsThemToDoubles) {
  EXPECT_EQ(*parse_json("-9223372036854775808")->as_int(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*parse_json("9223372036854775807")->as_int(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_json("9223372036854775808")->as_int(), nullptr);
  EXPECT_EQ(parse_json("9223372036854775808")->as_number(), 9223372036854775808.0);
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const char* bad : {"", "{", "[1,]", "{\"a\":1,}", "NaN", "'a'", "[1] 2", "// c\n1", "01",
                          "\"\xff\"", "\"\\ud800\"", "\"a\nb\"", "1e999", "{1:2}", "tru"}) {
    const Result<JsonValue> parsed = parse_json(bad);
    EXPECT_EQ(parsed.status().code(), StatusCode::kInvalidArgument) << bad;
  }
}

TEST(ParseJson, NamesThePlace) {
  EXPECT_THAT(parse_json("{\n  \"a\": x\n}"),
              FailsWith(StatusCode::kInvalidArgument, "json: line 2, column 8"));
}

TEST(ParseJson, RefusesRepeatedMembers) {
  EXPECT_THAT(parse_json(R"({"a":1,"b":2,"a":3})"),
              FailsWith(StatusCode::kInvalidArgument, R"(member "a" occurs twice)"));
}

TEST(ParseJson, LimitsDepthAndSize) {
  EXPECT_THAT(parse_json("[[[1]]]", {.max_depth = 3}), IsOk());
  EXPECT_THAT(parse_json("[[[[1]]]]", {.max_depth = 3}),
              FailsWith(StatusCode::kResourceExhausted, "deeper than 3"));
  EXPECT_THAT(parse_json(std::string(10'000'000, '[')),
              FailsWith(StatusCode::kResourceExhausted, "deeper than 100"));
  EXPECT_THAT(parse_json("[1,2,3]", {.max_bytes = 6}),
              FailsWith(StatusCode::kResourceExhausted, "7 bytes, the limit is 6"));
}

}  // namespace
}  // namespace tern
