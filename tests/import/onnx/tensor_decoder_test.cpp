#include "import/onnx/tensor_decoder.h"

#include <gtest/gtest.h>

#include "import/onnx/tensor_proto.h"
#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::onnx {
namespace {

using onnx_pb::TensorProto;
using tern::testing::as_bytes;
using tern::testing::FailsWith;
using tern::testing::IsOk;
using tern::testing::TempDir;

TensorProto make(DType dtype, std::vector<std::int64_t> dims) {
  TensorProto proto;
  proto.set_data_type(static_cast<int>(dtype));
  proto.mutable_dims()->Add(dims.begin(), dims.end());
  return proto;
}

Result<Tensor> decode(const TensorProto& proto) {
  const std::string bytes = proto.SerializeAsString();
  return decode_tensor(as_bytes(bytes), {});
}

std::string text_of(const TensorProto& proto) {
  const Result<Tensor> tensor = decode(proto);
  return tensor.ok() ? tensor->to_string() : tensor.status().to_string();
}

TEST(TensorDecoder, RawData) {
  TensorProto proto = make(DType::kI16, {3});
  proto.set_raw_data(std::string("\x01\x00\xff\xff\x00\x01", 6));
  EXPECT_EQ(text_of(proto), "i16[3] {1, -1, 256}");
}

TEST(TensorDecoder, TypedFields) {
  TensorProto floats = make(DType::kF32, {2});
  floats.add_float_data(1.5f);
  floats.add_float_data(-2);
  EXPECT_EQ(text_of(floats), "f32[2] {1.5, -2}");

  TensorProto doubles = make(DType::kF64, {});
  doubles.add_double_data(0.25);
  EXPECT_EQ(text_of(doubles), "f64[] {0.25}");

  TensorProto unsigned_words = make(DType::kU32, {1});
  unsigned_words.add_uint64_data(4294967295u);
  EXPECT_EQ(text_of(unsigned_words), "u32[1] {4294967295}");

  TensorProto bytes = make(DType::kI8, {2});
  bytes.add_int32_data(-128);
  bytes.add_int32_data(127);
  EXPECT_EQ(text_of(bytes), "i8[2] {-128, 127}");

  TensorProto halves = make(DType::kF16, {1});  // 1.0 is 0x3c00
  halves.add_int32_data(0x3c00);
  EXPECT_EQ(text_of(halves), "f16[1] {1}");

  TensorProto strings = make(DType::kString, {2});
  strings.add_string_data("a");
  strings.add_string_data("");
  EXPECT_EQ(text_of(strings), "string[2] {\"a\", \"\"}");

  TensorProto complex = make(DType::kComplex64, {1});
  complex.add_float_data(1);
  complex.add_float_data(2);
  ASSERT_THAT(decode(complex), IsOk());
}

TEST(TensorDecoder, FourBitElementsArePackedLowBitsFirst) {
  TensorProto raw = make(DType::kI4, {3});
  raw.set_raw_data(std::string("\x21\x0f", 2));
  EXPECT_EQ(text_of(raw), "i4[3] {1, 2, -1}");
  TensorProto typed = make(DType::kU4, {3});
  typed.add_int32_data(0x21);
  typed.add_int32_data(0x0f);
  EXPECT_EQ(text_of(typed), "u4[3] {1, 2, 15}");
}

TEST(TensorDecoder, BoolsBecomeZeroOrOne) {
  TensorProto raw = make(DType::kBool, {3});
  raw.set_raw_data(std::string("\x00\x02\xff", 3));
  const Result<Tensor> tensor = decode(raw);
  ASSERT_THAT(tensor, IsOk());
  const auto* bytes = static_cast<const unsigned char*>(tensor->raw());
  EXPECT_EQ(bytes[0] + 10 * bytes[1] + 100 * bytes[2], 110);
}

TEST(TensorDecoder, AlignedRawDataIsViewedWhenItHasAnOwner) {
  alignas(8) char file[64] = {};
  TensorProto proto = make(DType::kF32, {2});
  proto.set_raw_data(std::string(8, '\0'));
  const std::string bytes = proto.SerializeAsString();
  const std::shared_ptr<void> owner = std::make_shared<int>(0);
  // raw_data is the last field, so where the message starts decides how its data is aligned.
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::memcpy(file + shift, bytes.data(), bytes.size());
    const Bytes message = as_bytes({file + shift, bytes.size()});
    const char* data = file + shift + bytes.size() - 8;
    const bool aligned = reinterpret_cast<std::uintptr_t>(data) % 4 == 0;
    const Result<Tensor> tensor = decode_tensor(message, {.owner = owner});
    ASSERT_THAT(tensor, IsOk());
    EXPECT_EQ(tensor->raw() == data, aligned) << shift;
    EXPECT_EQ(tensor->owner() == owner, aligned);
  }
}

TEST(TensorDecoder, CountsMustFit) {
  TensorProto raw = make(DType::kF32, {2, 2});
  raw.set_raw_data(std::string(12, '\0'));
  EXPECT_THAT(decode(raw),
              FailsWith(StatusCode::kDataLoss, "a tensor f32[2,2] needs 16 bytes, has 12"));
  TensorProto typed = make(DType::kI64, {2});
  typed.add_int64_data(1);
  EXPECT_THAT(decode(typed), FailsWith(StatusCode::kDataLoss, "needs 2 numbers in int64_data"));
  EXPECT_THAT(decode(make(DType::kF32, {1})), FailsWith(StatusCode::kDataLoss, "has 0"));
  EXPECT_THAT(decode(make(DType::kF32, {0})), IsOk());
}

TEST(TensorDecoder, HugeSizesFailBeforeMemoryIsTaken) {
  EXPECT_THAT(decode(make(DType::kF32, {1LL << 40})), FailsWith(StatusCode::kDataLoss, "has 0"));
  EXPECT_THAT(decode(make(DType::kF32, {1LL << 40, 1LL << 40})),
              FailsWith(StatusCode::kInvalidArgument, "more than 2^62 elements"));
  EXPECT_THAT(decode(make(DType::kComplex128, {1LL << 61})),
              FailsWith(StatusCode::kInvalidArgument, "does not fit in memory"));
  EXPECT_THAT(decode(make(DType::kF32, {-1})),
              FailsWith(StatusCode::kInvalidArgument, "negative size"));
  EXPECT_THAT(decode(make(DType::kF32, std::vector<std::int64_t>(17, 1))),
              FailsWith(StatusCode::kInvalidArgument, "rank 17"));
}

TEST(TensorDecoder, ValuesMustFitTheirType) {
  TensorProto proto = make(DType::kI8, {1});
  proto.add_int32_data(256);
  EXPECT_THAT(decode(proto), FailsWith(StatusCode::kDataLoss, "int32_data has 256"));
}

TEST(TensorDecoder, UnknownTypesAndSegmentsAreRefused) {
  TensorProto proto;
  EXPECT_THAT(decode(proto), FailsWith(StatusCode::kInvalidArgument, "data_type is 0"));
  proto.set_data_type(99);
  EXPECT_THAT(decode(proto), FailsWith(StatusCode::kInvalidArgument, "data_type is 99"));
  TensorProto segment = make(DType::kF32, {1});
  segment.mutable_segment()->set_begin(0);
  EXPECT_THAT(decode(segment), FailsWith(StatusCode::kUnimplemented, "segments"));
}

onnx_pb::SparseTensorProto sparse(std::vector<std::int64_t> dims,
                                  std::vector<std::int64_t> index_dims,
                                  std::vector<std::int64_t> indices) {
  onnx_pb::SparseTensorProto proto;
  proto.mutable_dims()->Add(dims.begin(), dims.end());
  tern::testing::fill(*proto.mutable_values(), {2}, std::vector<float>{5, 7});
  tern::testing::fill(*proto.mutable_indices(), std::move(index_dims), std::move(indices));
  return proto;
}

Result<Tensor> decode(const onnx_pb::SparseTensorProto& proto) {
  const std::string bytes = proto.SerializeAsString();
  return decode_sparse_tensor(as_bytes(bytes), {});
}

TEST(TensorDecoder, SparseTensorsBecomeDense) {
  const Result<Tensor> linear = decode(sparse({2, 3}, {2}, {1, 5}));
  ASSERT_THAT(linear, IsOk());
  EXPECT_EQ(linear->to_string(), "f32[2,3] {0, 5, 0, 0, 0, 7}");
  const Result<Tensor> coordinates = decode(sparse({2, 3}, {2, 2}, {0, 1, 1, 2}));
  ASSERT_THAT(coordinates, IsOk());
  EXPECT_EQ(coordinates->to_string(), "f32[2,3] {0, 5, 0, 0, 0, 7}");
}

TEST(TensorDecoder, SparseTensorsAreChecked) {
  EXPECT_THAT(decode(sparse({2, 3}, {2}, {1, 6})), FailsWith(StatusCode::kOutOfRange, "index 6"));
  EXPECT_THAT(decode(sparse({2, 3}, {2, 2}, {0, 3, 0, 0})),
              FailsWith(StatusCode::kOutOfRange, "index 3, not below 3"));
  EXPECT_THAT(decode(sparse({2, 3}, {3}, {1, 2, 3})),
              FailsWith(StatusCode::kInvalidArgument, "indices i64[3]"));
  EXPECT_THAT(decode(sparse({1LL << 30, 3}, {2}, {1, 2})),
              FailsWith(StatusCode::kResourceExhausted, "when dense"));
}

TEST(TensorProtoFile, WritesWhatItReads) {
  const TempDir dir;
  std::vector<Tensor> tensors{
      *Tensor::from<float>({2, 2}, std::vector<float>{1, -0.0f, 3e38f, 1e-40f}),
      Tensor::vector<std::int64_t>({-1, 1LL << 62}),
      Tensor::vector<std::string>({"text", "", std::string("\0\xff", 2)}),
      Tensor::scalar<bool>(true),
      *Tensor::zeros(DType::kF64, {0, 3}),
      *Tensor::zeros(DType::kI4, {5}),
  };
  for (const Tensor& tensor : tensors) {
    const std::string path = dir.file("t.pb");
    ASSERT_THAT(write_tensor_proto(path, tensor, "name"), IsOk());
    const Result<NamedTensor> read = read_tensor_proto(path);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->name, "name");
    EXPECT_TRUE(identical(read->tensor, tensor)) << tensor.to_string();
    // The bytes are protobuf's as well.
    TensorProto proto;
    ASSERT_TRUE(proto.ParseFromString(*read_file(path)));
    EXPECT_EQ(proto.data_type(), static_cast<int>(tensor.dtype()));
  }
}

// Their elements are handles in memory, which mean nothing in a file.
TEST(TensorProtoFile, ContainersAreRefused) {
  const TempDir dir;
  for (const DType kind : {DType::kSequence, DType::kOptional, DType::kMap}) {
    const Tensor container = Tensor::container(kind, {Tensor::scalar<float>(1)});
    EXPECT_THAT(write_tensor_proto(dir.file("c.pb"), container),
                FailsWith(StatusCode::kUnimplemented, "c.pb: a TensorProto of type"));
  }
  EXPECT_FALSE(file_exists(dir.file("c.pb")));
}

TEST(TensorProtoFile, MessagesNameTheFile) {
  const TempDir dir;
  const std::string path = dir.write("broken.pb", "\x08");
  EXPECT_THAT(read_tensor_proto(path), FailsWith(StatusCode::kDataLoss, "broken.pb: TensorProto"));
  EXPECT_THAT(read_tensor_proto(dir.file("none.pb")), FailsWith(StatusCode::kNotFound, "none.pb"));
}

}  // namespace
}  // namespace tern::onnx
