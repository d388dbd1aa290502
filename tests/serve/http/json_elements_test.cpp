#include "serve/http/json_elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "serve/tensors/datatypes.h"
#include "tensor/element.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

// What `text` gives for a tensor of this type and shape.
Result<Tensor> read(DType dtype, const Shape& shape, std::string text,
                    Arrangement arrangement = Arrangement::kFlatOrExact) {
  JsonParsers parsers;
  auto body = JsonBody::open(std::move(text), parsers);
  if (!body.ok()) return body.status();
  json::value value;
  if (const auto code = (*body)->document().get_value().get(value)) return (*body)->error(code);
  Tensor tensor = *Tensor::zeros(dtype, shape);
  ElementsResult result = read_elements(value, shape, arrangement, tensor);
  if (result.code != simdjson::SUCCESS) return (*body)->error(result.code);
  if (!result.status.ok()) return result.status;
  return tensor;
}

std::string flat(const Tensor& tensor) {
  std::string text;
  JsonWriter json(text, NonFinite::kString);
  const Status status = write_flat(json, tensor);
  return status.ok() ? text : status.to_string();
}

std::string nested(const Tensor& tensor) {
  std::string text;
  JsonWriter json(text, NonFinite::kString);
  const Status status = write_nested(json, tensor);
  return status.ok() ? text : status.to_string();
}

TEST(JsonElements, EveryTypeComesBackAsItWasWritten) {
  struct Case {
    DType dtype;
    std::string text;  // as written again
  };
  for (const Case& c : std::vector<Case>{
           {DType::kF32, "[1.5,-0.1,3e+38,1e-45]"},
           {DType::kF64, "[1.5,-0.1,1.7976931348623157e+308,5e-324]"},
           {DType::kF16, "[1.5,-2,65504,0.00097656250]"},
           {DType::kBF16, "[1.5,-2,1,0.0078125]"},
           {DType::kF8E4M3FN, "[1.5,-2,448,0.5]"},
           {DType::kF8E5M2, "[1.5,-2,57344,0.5]"},
           {DType::kF4E2M1, "[1.5,-2,6,0.5]"},
           {DType::kI8, "[-128,127,0,1]"},
           {DType::kI16, "[-32768,32767,0,1]"},
           {DType::kI32, "[-2147483648,2147483647,0,1]"},
           {DType::kI64, "[-9223372036854775808,9223372036854775807,0,1]"},
           {DType::kU8, "[255,127,0,1]"},
           {DType::kU16, "[65535,32767,0,1]"},
           {DType::kU32, "[4294967295,2147483647,0,1]"},
           {DType::kU64, "[18446744073709551615,9223372036854775807,0,1]"},
           {DType::kI4, "[-8,7,0,1]"},
           {DType::kU4, "[15,7,0,1]"},
           {DType::kI2, "[-2,1,0,-1]"},
           {DType::kU2, "[3,1,0,2]"},
           {DType::kBool, "[true,false,false,true]"},
           {DType::kString, R"(["","a","\"\\\n","Zürich 東京"])"},
       }) {
    const Result<Tensor> tensor = read(c.dtype, {4}, c.text);
    ASSERT_THAT(tensor, IsOk()) << protocol_name(c.dtype);
    const Result<Tensor> again = read(c.dtype, {4}, flat(*tensor));
    ASSERT_THAT(again, IsOk()) << protocol_name(c.dtype);
    EXPECT_TRUE(identical(*tensor, *again)) << protocol_name(c.dtype) << flat(*tensor);
    if (!is_floating(c.dtype)) {
      EXPECT_EQ(flat(*tensor), c.text);
    }
  }
}

TEST(JsonElements, ValuesAreThoseOfTheText) {
  EXPECT_THAT(read(DType::kF32, {3}, "[0.1,16777217,-0.0]")->span<float>(),
              ElementsAre(0.1F, 16777216.0F, -0.0F));
  const Tensor half = *read(DType::kF16, {2}, "[0.333333,1]");
  EXPECT_NEAR(load_f64(DType::kF16)(half.raw(), 0), 0.333333, 0.0002);
  EXPECT_THAT(read(DType::kBool, {4}, "[1,0,true,false]")->span<bool>(),
              ElementsAre(true, false, true, false));
  EXPECT_THAT(read(DType::kString, {1}, R"(["\u00e9\ud83d\ude00"])")->span<std::string>(),
              ElementsAre("é😀"));
}

TEST(JsonElements, WhatIsNoNumberIsAString) {
  for (const DType dtype : {DType::kF32, DType::kF64, DType::kF16, DType::kBF16}) {
    const Result<Tensor> tensor = read(dtype, {3}, R"(["NaN","Infinity","-Infinity"])");
    ASSERT_THAT(tensor, IsOk());
    const LoadF64 load = load_f64(dtype);
    EXPECT_TRUE(std::isnan(load(tensor->raw(), 0)));
    EXPECT_EQ(load(tensor->raw(), 1), std::numeric_limits<double>::infinity());
    EXPECT_EQ(load(tensor->raw(), 2), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(flat(*tensor), R"(["NaN","Infinity","-Infinity"])");
  }
  EXPECT_THAT(read(DType::kI32, {1}, R"(["NaN"])"),
              FailsWith(StatusCode::kInvalidArgument, "\"NaN\" is no INT32"));
}

TEST(JsonElements, NumbersOutOfRangeAreRefused) {
  const auto refused = [](DType dtype, const std::string& number) {
    EXPECT_THAT(read(dtype, {2}, "[0," + number + "]"),
                FailsWith(StatusCode::kInvalidArgument, "element 1"))
        << protocol_name(dtype) << " " << number;
  };
  refused(DType::kI8, "128");
  refused(DType::kI8, "-129");
  refused(DType::kU8, "256");
  refused(DType::kU8, "-1");
  refused(DType::kI16, "32768");
  refused(DType::kU16, "65536");
  refused(DType::kI32, "2147483648");
  refused(DType::kU32, "4294967296");
  refused(DType::kI64, "9223372036854775808");
  refused(DType::kU64, "18446744073709551616");
  refused(DType::kU64, "-1");
  refused(DType::kI4, "8");
  refused(DType::kU4, "16");
  refused(DType::kI2, "2");
  refused(DType::kU2, "4");
  refused(DType::kBool, "2");
  refused(DType::kF32, "1e39");
  refused(DType::kF64, "1e400");
  refused(DType::kF16, "70000");
  refused(DType::kBF16, "4e38");
}

TEST(JsonElements, OtherKindsAreRefused) {
  const auto refused = [](DType dtype, const std::string& element, const std::string& part) {
    EXPECT_THAT(read(dtype, {1}, "[" + element + "]"),
                FailsWith(StatusCode::kInvalidArgument, part));
  };
  refused(DType::kI64, "1.5", "element 0: 1.5 is no INT64");
  refused(DType::kI64, "true", "true is no INT64");
  refused(DType::kF32, "true", "true is no FP32");
  refused(DType::kF32, "\"1\"", "\"1\" is no FP32");
  refused(DType::kBool, "\"true\"", "\"true\" is no BOOL");
  refused(DType::kString, "1", "1 is no BYTES");
  refused(DType::kString, "null", "null is no BYTES");
  refused(DType::kU64, "1.0", "1.0 is no UINT64");
}

TEST(JsonElements, ComplexElementsAreTwoNumbers) {
  for (const DType dtype : {DType::kComplex64, DType::kComplex128}) {
    const Result<Tensor> tensor = read(dtype, {2}, "[1,2,3,4]");
    ASSERT_THAT(tensor, IsOk());
    EXPECT_EQ(flat(*tensor), "[1,2,3,4]");
    EXPECT_EQ(nested(*tensor), "[[1,2],[3,4]]");
    EXPECT_TRUE(identical(*tensor, *read(dtype, {2}, "[[1,2],[3,4]]", Arrangement::kExact)));
    EXPECT_THAT(read(dtype, {2}, "[1,2]"), FailsWith(StatusCode::kInvalidArgument, "ends after 2"));
    EXPECT_EQ(nested(*read(dtype, {}, "[5,6]")), "[5,6]");
  }
}

TEST(JsonElements, NestingFollowsTheShape) {
  const Tensor t = *read(DType::kI32, {2, 1, 2}, "[[[1,2]],[[3,4]]]", Arrangement::kExact);
  EXPECT_EQ(nested(t), "[[[1,2]],[[3,4]]]");
  EXPECT_EQ(flat(t), "[1,2,3,4]");
  EXPECT_EQ(nested(*read(DType::kI32, {}, "[7]")), "7");
  EXPECT_EQ(nested(*Tensor::zeros(DType::kF32, {2, 0})), "[[],[]]");
  EXPECT_EQ(flat(*Tensor::zeros(DType::kF32, {2, 0})), "[]");
  EXPECT_THAT(
      read(DType::kI32, {2, 2}, "[1,2,3,4]", Arrangement::kExact),
      FailsWith(StatusCode::kInvalidArgument, "is a number where shape [2,2] has an array"));
}

TEST(JsonElements, BytesThatAreNoTextCannotBeWritten) {
  const Tensor t = Tensor::vector<std::string>({"fine", "\xff\xfe"});
  EXPECT_THAT(flat(t), ::testing::HasSubstr("element 1 is not UTF-8"));
}

TEST(ProtocolName, OfEveryTypeReadsBack) {
  for (int i = 1; i < kElementTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(parse_protocol_name(protocol_name(dtype)), dtype);
  }
  EXPECT_EQ(protocol_name(DType::kString), "BYTES");
  EXPECT_EQ(protocol_name(DType::kUndefined), "");
  EXPECT_EQ(protocol_name(DType::kSequence), "");
  EXPECT_EQ(parse_protocol_name(""), std::nullopt);
  EXPECT_EQ(parse_protocol_name("fp32"), std::nullopt);
}

}  // namespace
}  // namespace tern::serve
