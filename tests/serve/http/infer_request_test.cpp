#include "serve/http/infer_request.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/serve/signatures.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::Field;
using testing::IsOk;

class InferRequestTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<InferRequest>> read(std::string_view body,
                                             std::optional<std::size_t> json_bytes = {}) {
    return InferRequest::read(std::string(body), signature_, parsers_, json_bytes);
  }
  // JSON and what follows it.
  Result<std::vector<Tensor>> tensors_of(const std::string& json, const std::string& binary) {
    return tensors(json + binary, json.size());
  }

  // Head and data.
  Result<std::vector<Tensor>> tensors(std::string_view body,
                                      std::optional<std::size_t> json_bytes = {}) {
    Result<std::unique_ptr<InferRequest>> request = read(body, json_bytes);
    if (!request.ok()) return request.status();
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < signature_.inputs().size(); ++i) {
      inputs.push_back(*Tensor::zeros(signature_.inputs()[i].type.dtype, (*request)->shapes()[i]));
    }
    if (Status status = (*request)->fill(inputs); !status.ok()) return status;
    return inputs;
  }

  void expect_invalid(std::string_view body, std::string_view part) {
    EXPECT_THAT(tensors(body), FailsWith(StatusCode::kInvalidArgument, std::string(part))) << body;
  }

  // A body for the input x with these members.
  static std::string x(std::string_view members) {
    return R"({"inputs":[{"name":"x",)" + std::string(members) + "}]}";
  }

  static auto at(std::size_t index) { return Field(&WantedOutput::index, index); }

  Signature signature_ = rows_of_floats(2);
  JsonParsers parsers_;
};

TEST_F(InferRequestTest, ReadsTheExampleOfTheProtocol) {
  signature_ = signature({io("input0", DType::kU32, {2, 2}), io("input1", DType::kBool, {3})},
                         {io("output0", DType::kF32, {3, 2})});
  const std::string body = R"({
    "id" : "42",
    "inputs" : [
      {
        "name" : "input0",
        "shape" : [ 2, 2 ],
        "datatype" : "UINT32",
        "data" : [ 1, 2, 3, 4 ]
      },
      {
        "name" : "input1",
        "shape" : [ 3 ],
        "datatype" : "BOOL",
        "data" : [ true, false, true ]
      }
    ],
    "outputs" : [
      {
        "name" : "output0"
      }
    ]
  })";
  const auto request = read(body);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ((*request)->id(), "42");
  EXPECT_THAT((*request)->outputs(), ElementsAre(at(0)));
  EXPECT_FALSE((*request)->timeout());
  const auto inputs = tensors(body);
  ASSERT_THAT(inputs, IsOk());
  EXPECT_EQ(inputs.value()[0].to_string(), "u32[2,2] {1, 2, 3, 4}");
  EXPECT_THAT(inputs.value()[1].span<bool>(), ElementsAre(true, false, true));
}

TEST_F(InferRequestTest, MembersComeInAnyOrder) {
  signature_ = signature({io("a", DType::kF32, {'N'}), io("b", DType::kI64, {'N'})},
                         {io("y", DType::kF32, {'N'}), io("z", DType::kF32, {'N'})});
  const std::string body =
      R"({"outputs":[{"name":"z"},{"name":"y"}],"inputs":[
          {"data":[3,4],"shape":[2],"datatype":"INT64","name":"b"},
          {"data":[0.5,1.5],"datatype":"FP32","name":"a","shape":[2]}],"id":"q"})";
  const auto request = read(body);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ((*request)->id(), "q");
  EXPECT_THAT((*request)->outputs(), ElementsAre(at(1), at(0)));
  const auto inputs = tensors(body);
  ASSERT_THAT(inputs, IsOk());
  EXPECT_THAT(inputs.value()[0].span<float>(), ElementsAre(0.5F, 1.5F));
  EXPECT_THAT(inputs.value()[1].span<std::int64_t>(), ElementsAre(3, 4));
}

TEST_F(InferRequestTest, DataIsFlatOrNested) {
  for (const char* data : {"[1,2,3,4]", "[[1,2],[3,4]]", " [ [ 1 , 2 ] , [ 3 , 4 ] ] "}) {
    const auto inputs =
        tensors(x(R"("datatype":"FP32","shape":[2,2],"data":)" + std::string(data)));
    ASSERT_THAT(inputs, IsOk()) << data;
    EXPECT_THAT(inputs.value()[0].span<float>(), ElementsAre(1, 2, 3, 4));
  }
}

TEST_F(InferRequestTest, KeysMayBeEscaped) {
  EXPECT_THAT(tensors(R"({"\u0069nputs":[{"n\u0061me":"\u0078","datatype":"FP32","shape":[1,2],
                          "d\u0061ta":[1,2]}]})"),
              IsOk());
}

TEST_F(InferRequestTest, AllOutputsAreWantedUnlessSomeAreNamed) {
  signature_ = signature({io("x", DType::kF32, {'N'})},
                         {io("y", DType::kF32, {'N'}), io("z", DType::kF32, {'N'})});
  const std::string input = R"("inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}])";
  EXPECT_THAT((*read("{" + input + "}"))->outputs(), ElementsAre(at(0), at(1)));
  EXPECT_THAT((*read("{" + input + R"(,"outputs":[{"name":"z"}]})"))->outputs(),
              ElementsAre(at(1)));
  expect_invalid("{" + input + R"(,"outputs":[{"name":"w"}]})",
                 "the model has no output 'w', its outputs are: y, z");
  expect_invalid("{" + input + R"(,"outputs":[{"name":"z"},{"name":"z"}]})",
                 "output z is asked for twice");
  expect_invalid("{" + input + R"(,"outputs":{"name":"z"}})", "outputs is an object, not an array");
}

TEST_F(InferRequestTest, ABodyThatIsNoRequestIsSaidToBe) {
  expect_invalid("", "no valid JSON");
  expect_invalid("   ", "no valid JSON");
  expect_invalid("[]", "the body is no JSON object");
  expect_invalid("7", "the body is no JSON object");
  expect_invalid("{}", "the body has no \"inputs\"");
  expect_invalid(R"({"inputs":[]})", "input x is missing");
  expect_invalid(R"({"inputs":7})", "inputs is a number, not an array");
  expect_invalid(R"({"inputs":[7]})", "an entry of inputs is a number, not an object");
  expect_invalid(R"({"inputs":[{}]})", "an entry of inputs has no \"name\"");
  expect_invalid(R"({"id":7,"inputs":[]})", "id is a number, not a string");
  expect_invalid(R"({"inputs":[{"name":"x"}]} trailing)", "JSON");
}

TEST_F(InferRequestTest, InputsMustBeTheModels) {
  expect_invalid(R"({"inputs":[{"name":"w","datatype":"FP32","shape":[1,2],"data":[1,2]}]})",
                 "the model has no input 'w', its inputs are: x");
  expect_invalid(x(R"("shape":[1,2],"data":[1,2])"), "input x has no \"datatype\"");
  expect_invalid(x(R"("datatype":"FP32","data":[1,2])"), "input x has no \"shape\"");
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2])"), "input x has no \"data\"");
  expect_invalid(x(R"("datatype":"FP64","shape":[1,2],"data":[1,2])"),
                 "input x has datatype FP64, the model wants FP32");
  expect_invalid(x(R"("datatype":"FLOAT","shape":[1,2],"data":[1,2])"),
                 "input x: there is no datatype 'FLOAT'");
  expect_invalid(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]},
                               {"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]})",
                 "input x is given twice");
}

TEST_F(InferRequestTest, ShapesAreChecked) {
  const auto shape = [](std::string_view dims) {
    return x(R"("datatype":"FP32","data":[1,2],"shape":)" + std::string(dims));
  };
  expect_invalid(shape("2"), "shape is a number, not an array");
  expect_invalid(shape(R"(["a"])"), "shape holds a string that is no size");
  expect_invalid(shape("[1.5]"), "that is no size");
  expect_invalid(shape("[-1,2]"), "input x: ");
  expect_invalid(shape("[4611686018427387904,4611686018427387904]"), "input x: ");
  expect_invalid(shape("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]"), "more than 16 axes");
  expect_invalid(shape("[100000000,100000000]"), "more elements than the body can hold");
}

TEST_F(InferRequestTest, DataMustFillTheShape) {
  const auto data = [](std::string_view values) {
    return x(R"("datatype":"FP32","shape":[2,2],"data":)" + std::string(values));
  };
  expect_invalid(data("[1,2,3]"), "input x: data ends after 3 of the 4 elements of shape [2,2]");
  expect_invalid(data("[1,2,3,4,5]"), "input x: data has more than the 4 elements");
  expect_invalid(data("[[1,2],[3]]"), "an array along axis 1 has 1 entries, 2 by shape [2,2]");
  expect_invalid(data("[[1,2],[3,4],[5,6]]"), "more than the 2 entries of shape [2,2]");
  expect_invalid(data("[[1,2],3]"), "element 2 is a number where shape [2,2] has an array");
  expect_invalid(data("[1,2,[3,4]]"), "element 2: an array is no FP32");
  expect_invalid(data("[]"), "data ends after 0 of the 4 elements");
  expect_invalid(data("{}"), "data is an object, not an array");
  expect_invalid(data("null"), "data is null, not an array");
  expect_invalid(data(R"("1,2,3,4")"), "data is a string, not an array");
  expect_invalid(data("[1,2,null,4]"), "element 2: null is no FP32");
  expect_invalid(data(R"([1,"2",3,4])"), "element 1: \"2\" is no FP32");
}

TEST_F(InferRequestTest, NoElementsAreFineWhereTheShapeHasNone) {
  const auto inputs = tensors(x(R"("datatype":"FP32","shape":[0,2],"data":[])"));
  ASSERT_THAT(inputs, IsOk());
  EXPECT_EQ(inputs.value()[0].shape(), (Shape{0, 2}));
}

TEST_F(InferRequestTest, TimeoutsAreMicroseconds) {
  const auto with = [&](std::string_view timeout) {
    return read(R"({"parameters":{"timeout":)" + std::string(timeout) +
                R"(},"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]})");
  };
  EXPECT_EQ((*with("1500"))->timeout(), std::chrono::microseconds(1500));
  EXPECT_FALSE((*with("0"))->timeout());
  EXPECT_GT(*(*with("18446744073709551615"))->timeout(), std::chrono::hours(1));
  EXPECT_THAT(with("-1"), FailsWith(StatusCode::kInvalidArgument, "timeout is a number"));
  EXPECT_THAT(with("\"soon\""), FailsWith(StatusCode::kInvalidArgument, "timeout is a string"));
}

TEST_F(InferRequestTest, ExtensionsThatChangeTheAnswerAreRefused) {
  const auto request = [&](std::string_view parameters, std::string_view input,
                           std::string_view output) {
    return read(R"({"parameters":{)" + std::string(parameters) +
                R"(},"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],)"
                R"("parameters":{)" +
                std::string(input) + R"(}}],"outputs":[{"name":"y","parameters":{)" +
                std::string(output) + "}}]}");
  };
  const auto refused = [](std::string part) {
    return FailsWith(StatusCode::kUnimplemented, std::move(part));
  };
  EXPECT_THAT(request("", "", ""), IsOk());
  EXPECT_THAT(request(R"("priority":1,"mine":[{"a":null}])", R"("other":"x")", ""), IsOk());
  EXPECT_THAT(request(R"("sequence_id":0)", "", ""), IsOk());
  EXPECT_THAT(request(R"("sequence_id":"")", "", ""), IsOk());
  EXPECT_THAT(request(R"("sequence_id":7)", "", ""), refused("sequence_id"));
  EXPECT_THAT(request(R"("sequence_id":"a")", "", ""), refused("sequence_id"));
  EXPECT_THAT(request("", R"("shared_memory_region":"a")", ""), refused("shared_memory_region"));
}

TEST_F(InferRequestTest, OutputsAreWantedInAForm) {
  signature_ = signature({io("x", DType::kF32, {'N'})},
                         {io("y", DType::kF32, {'N'}), io("z", DType::kF32, {'N'})});
  const auto forms = [&](std::string_view more) {
    const auto request =
        read(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}],)" +
             std::string(more) + "}");
    EXPECT_THAT(request, IsOk());
    std::string text;
    for (const WantedOutput& want : (*request)->outputs()) {
      text += fmt::format("{}{}{} ", want.index, want.binary ? "b" : "j", want.classes);
    }
    return text;
  };
  EXPECT_EQ(forms(R"("parameters":{"binary_data_output":true})"), "0b0 1b0 ");
  EXPECT_EQ(forms(R"("outputs":[{"name":"z","parameters":{"binary_data":true}},{"name":"y"}])"),
            "1b0 0j0 ");
  EXPECT_EQ(forms(R"("outputs":[{"name":"z","parameters":{"classification":3}},)"
                  R"({"name":"y","parameters":{"binary_data":false}}],)"
                  R"("parameters":{"binary_data_output":true,"priority":2})"),
            "1b3 0j0 ");
}

TEST_F(InferRequestTest, BinaryDataFollowTheJson) {
  signature_ = signature(
      {io("a", DType::kF32, {'N'}), io("b", DType::kI64, {'N'}), io("c", DType::kString, {'N'})},
      {io("y", DType::kF32, {'N'})});
  const std::string json =
      R"({"inputs":[{"name":"c","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":10}},)"
      R"({"name":"b","shape":[2],"datatype":"INT64","data":[3,4]},)"
      R"({"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]})";
  const std::string binary =
      "\x01\x00\x00\x00x\x01\x00\x00\x00y"s + "\x00\x00\x80\x3f\x00\x00\x00\x40"s;
  const auto inputs = tensors_of(json, binary);
  ASSERT_THAT(inputs, IsOk());
  EXPECT_THAT(inputs.value()[0].span<float>(), ElementsAre(1, 2));
  EXPECT_THAT(inputs.value()[1].span<std::int64_t>(), ElementsAre(3, 4));
  EXPECT_THAT(inputs.value()[2].span<std::string>(), ElementsAre("x", "y"));
  const auto invalid = [](std::string part) {
    return FailsWith(StatusCode::kInvalidArgument, std::move(part));
  };
  EXPECT_THAT(tensors_of(json, binary + "z"), invalid("1 bytes follow the binary data"));
  EXPECT_THAT(tensors_of(json, binary.substr(1)),
              invalid("input a has the binary_data_size 8, and 7 bytes are left"));
  EXPECT_THAT(tensors(json), invalid("the request no Inference-Header-Content-Length"));
  EXPECT_THAT(tensors(json + binary, json.size() + binary.size() + 1),
              invalid("Inference-Header-Content-Length is"));
  EXPECT_THAT(tensors(json + binary, json.size() - 1), invalid("no valid JSON"));
  EXPECT_THAT(tensors(json + binary, json.size() + 1), invalid(""));
}

TEST_F(InferRequestTest, BinaryDataFitTheirTensor) {
  const auto with = [&](std::string_view members, std::size_t bytes) {
    return tensors_of(x(members), std::string(bytes, '\0'));
  };
  const auto invalid = [](std::string part) {
    return FailsWith(StatusCode::kInvalidArgument, std::move(part));
  };
  const std::string size8 = R"("parameters":{"binary_data_size":8})";
  EXPECT_THAT(with(R"("datatype":"FP32","shape":[1,2],)" + size8, 8), IsOk());
  EXPECT_THAT(with(R"("datatype":"FP32","shape":[1,1],)" + size8, 8),
              invalid("input x: FP32 of shape [1,1] takes 4 bytes, not 8"));
  EXPECT_THAT(with(R"("datatype":"FP32","shape":[4611686018427387904],)" + size8, 8),
              invalid("takes more bytes, not 8"));
  EXPECT_THAT(with(R"("datatype":"FP32","shape":[1,2],"data":[1,2],)" + size8, 8),
              invalid("both data and binary data"));
  EXPECT_THAT(with(R"("datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":-8})", 8),
              invalid("binary_data_size is a number, not a whole number of 0 or more"));
}

TEST_F(InferRequestTest, ABodyWithoutJsonIsTheOneInput) {
  const auto inputs = tensors(std::string(24, '\0'), 0);
  ASSERT_THAT(inputs, IsOk());
  EXPECT_EQ(inputs.value()[0].shape(), (Shape{3, 2}));
  const auto request = read(std::string(24, '\0'), 0);
  EXPECT_TRUE((*request)->outputs()[0].binary);
  const auto invalid = [](std::string part) {
    return FailsWith(StatusCode::kInvalidArgument, std::move(part));
  };
  EXPECT_THAT(tensors(std::string(25, '\0'), 0), invalid("takes 24 bytes, not 25"));
  signature_ = signature({io("x", DType::kI64, {'N', 'S'})}, {io("y", DType::kF32, {'N'})});
  EXPECT_EQ(tensors(std::string(24, '\0'), 0).value()[0].shape(), (Shape{1, 3}));
  signature_ = signature({io("x", DType::kI64, {3, 'S', 'T'})}, {io("y", DType::kF32, {'N'})});
  EXPECT_THAT(tensors(std::string(24, '\0'), 0), invalid("tells one open size, not 2"));
  signature_ = signature({io("x", DType::kString, {'N'})}, {io("y", DType::kF32, {'N'})});
  EXPECT_THAT(tensors("no length", 0).value()[0].span<std::string>(), ElementsAre("no length"));
  signature_ = signature({io("x", DType::kF32, {'N'}), io("z", DType::kF32, {'N'})},
                         {io("y", DType::kF32, {'N'})});
  EXPECT_THAT(tensors("1234", 0), invalid("for models with one input, this one has 2"));
}

TEST_F(InferRequestTest, RepeatedMembersAreRefused) {
  expect_invalid(R"({"inputs":[],"inputs":[]})", "the body has the member \"inputs\" twice");
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2],"shape":[1,2],"data":[1,2])"),
                 "input x: an entry of inputs has the member \"shape\" twice");
}

TEST_F(InferRequestTest, EveryTruncationIsAnError) {
  const std::string body =
      R"({"id":"1","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1.5,-2e3]}],)"
      R"("outputs":[{"name":"y","parameters":{"a":{"b":[1,{"c":"d"}]}}}],"extra":[true,null]})";
  ASSERT_THAT(tensors(body), IsOk());
  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_EQ(tensors(body.substr(0, length)).status().code(), StatusCode::kInvalidArgument)
        << body.substr(0, length);
  }
}

TEST_F(InferRequestTest, MalformedTextIsFoundAnywhere) {
  const std::string good = R"("datatype":"FP32","shape":[1,2],"data":[1,2])";
  ASSERT_THAT(tensors(x(good)), IsOk());
  expect_invalid(x(good + R"(,"z":[1 2])"), "no valid JSON");
  expect_invalid(x(good + R"(,"z":nul)"), "no valid JSON");
  expect_invalid(x(good + R"(,"z":{"a" 1})"), "no valid JSON");
  expect_invalid(x(good + R"(,"z":"\q")"), "no valid JSON");
  expect_invalid(x(good + ",\"z\":\"\xff\""), "no valid JSON");
  expect_invalid(x(good + ",\"z\":\"\n\""), "no valid JSON");
  expect_invalid(x(good + R"(,"z":01)"), "no valid JSON");
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2],"data":[1,,2])"), "");
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2],"data":[1,2,])"), "");
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2],"data":[1 2])"), "");
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2],"data":[1,0x2])"), "element 1");
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2],"data":[1,NaN])"), "element 1");
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2],"data":[1,2}])"), "");
}

TEST_F(InferRequestTest, DeepNestingIsRefusedWithoutHarm) {
  const std::string open(200'000, '[');
  const std::string close(200'000, ']');
  expect_invalid(x(R"("datatype":"FP32","shape":[1,2],"data":)" + open + close), "");
  expect_invalid(R"({"z":)" + open + close + "}", "");
  expect_invalid(R"({"z":)" + open, "");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  expect_invalid(R"({"z":)" + objects + "1" + std::string(100'000, '}') + "}", "");
}

TEST_F(InferRequestTest, AnObjectHasAtMost64Members) {
  std::string body = "{";
  for (int i = 0; i < 100; ++i) body += "\"k" + std::to_string(i) + "\":1,";
  expect_invalid(body + R"("inputs":[]})", "more than 64 members");
}

}  // namespace
}  // namespace tern::serve
