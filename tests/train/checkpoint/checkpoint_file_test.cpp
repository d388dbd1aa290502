#include "train/checkpoint/checkpoint_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/little_endian.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern::train {
namespace {

using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::i64;
using tern::testing::IsOk;
using tern::testing::TempDir;

NamedTensors sample() {
  NamedTensors tensors;
  tensors.emplace("a scalar", Tensor::scalar<double>(0.1));
  tensors.emplace("empty", *Tensor::zeros(DType::kF32, {0, 3}));
  tensors.emplace("packed", tern::testing::ints(DType::kI4, {3}, {-8, 7, 1}));
  tensors.emplace("weight", f32({2, 2}, {1, -2, 3, 4.5}));
  return tensors;
}

std::string written(const NamedTensors& tensors) {
  const TempDir dir;
  EXPECT_THAT(write_checkpoint(dir.file("c"), tensors), IsOk());
  const auto bytes = read_file(dir.file("c"));
  EXPECT_THAT(bytes, IsOk());
  return bytes.ok() ? *bytes : "";
}

Result<NamedTensors> parse(std::string_view text) {
  return parse_checkpoint(std::as_bytes(std::span(text)));
}

template <class T>
void append(std::string& out, T value) {
  append_little_endian(out, value);
}

void append_checksum(std::string& out, std::size_t begin) {
  append(out, crc32c(std::as_bytes(std::span(out)).subspan(begin)));
}

std::string header(std::uint32_t version, std::uint32_t entries) {
  std::string out = "TERNCKPT";
  append(out, version);
  append(out, entries);
  append_checksum(out, 0);
  return out;
}

struct Entry {
  std::string name = "w";
  std::uint16_t dtype = 1;
  std::uint64_t data_bytes = 8;
  std::vector<std::int64_t> dims = {2};
  std::string data = std::string("\0\0\x80\x3f\0\0\0\x40", 8);  // 1 and 2
};

void append_entry(std::string& out, const Entry& entry) {
  const std::size_t begin = out.size();
  append(out, static_cast<std::uint32_t>(entry.name.size()));
  append(out, entry.dtype);
  append(out, static_cast<std::uint16_t>(entry.dims.size()));
  append(out, entry.data_bytes);
  for (const std::int64_t dim : entry.dims) append(out, dim);
  out += entry.name + entry.data;
  append_checksum(out, begin);
}

std::string file_of(const Entry& entry) {
  std::string out = header(1, 1);
  append_entry(out, entry);
  return out;
}

TEST(Checkpoint, GivesBackWhatWasWritten) {
  const auto back = parse(written(sample()));
  ASSERT_THAT(back, IsOk());
  const NamedTensors expected = sample();
  ASSERT_EQ(back->size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(back->contains(name)) << name;
    EXPECT_TRUE(identical(back->at(name), tensor)) << name;
  }
}

TEST(Checkpoint, HasTheLayoutThatIsDocumented) {
  NamedTensors tensors;
  tensors.emplace("w", f32({2}, {1, 2}));
  EXPECT_EQ(written(tensors), file_of({}));
}

TEST(Checkpoint, CutOffAnywhereIsDataLoss) {
  const std::string whole = written(sample());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THAT(parse(std::string_view(whole).substr(0, length)),
                FailsWith(StatusCode::kDataLoss, ""))
        << length;
  }
  EXPECT_THAT(parse(whole + "x"), FailsWith(StatusCode::kDataLoss, "1 bytes behind the last"));
}

TEST(Checkpoint, EveryFlippedBitIsFound) {
  const std::string whole = written(sample());
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string broken = whole;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(parse(broken).ok()) << bit;
  }
}

TEST(Checkpoint, ForgedSizesAreRefusedBeforeMemoryIsTaken) {
  const auto refuses = [](const Entry& entry, const char* message) {
    EXPECT_THAT(parse(file_of(entry)), FailsWith(StatusCode::kDataLoss, message));
  };
  refuses({.data_bytes = std::uint64_t{1} << 60, .dims = {std::int64_t{1} << 58}}, "are left");
  refuses({.dims = {std::int64_t{1} << 62}}, "does not take 8 bytes");
  refuses({.dims = {std::int64_t{1} << 62, 4}}, "more than 2^62 elements");
  refuses({.dims = {3}}, "f32[3] does not take 8 bytes");
  refuses({.dims = {-2}}, "negative size");
  refuses({.dims = std::vector<std::int64_t>(17, 1)}, "17 axes, the limit is 16");
  refuses({.dtype = 8}, "element type 8");
  refuses({.dtype = 99}, "element type 99");
  refuses({.dtype = 9, .data_bytes = 2, .data = "\1\2"}, "neither 0 nor 1");
  refuses({.name = std::string(5000, 'n')}, "a name of 5000 bytes");
  EXPECT_THAT(parse(header(1, 0xffffffff)), FailsWith(StatusCode::kDataLoss, "4294967295 entries"));
}

// Elements of a map, a sequence or an optional are tensors: bytes of a file must never become some.
TEST(Checkpoint, ContainersAreNeitherReadNorWritten) {
  const std::string bytes(2 * sizeof(Tensor), 'x');
  for (const DType kind : {DType::kMap, DType::kSequence, DType::kOptional}) {
    const auto number = static_cast<std::uint16_t>(kind);
    EXPECT_THAT(parse(file_of({.dtype = number, .data_bytes = bytes.size(), .data = bytes})),
                FailsWith(StatusCode::kDataLoss, fmt::format("element type {}", number)));
    NamedTensors tensors;
    tensors.emplace("c", Tensor::container(kind, {f32({1}, {1})}));
    const TempDir dir;
    EXPECT_THAT(write_checkpoint(dir.file("c"), tensors),
                FailsWith(StatusCode::kInvalidArgument, "tensor c"));
  }
}

TEST(Checkpoint, NamesAreUnique) {
  std::string out = header(1, 2);
  append_entry(out, {});
  append_entry(out, {});
  EXPECT_THAT(parse(out), FailsWith(StatusCode::kDataLoss, "the name w comes twice"));
}

TEST(Checkpoint, OtherFilesAndLaterVersionsAreTold) {
  EXPECT_THAT(parse("PK\3\4 something else entirely"),
              FailsWith(StatusCode::kDataLoss, "does not begin with TERNCKPT"));
  EXPECT_THAT(parse(header(2, 0)), FailsWith(StatusCode::kUnimplemented, "version 2"));
  EXPECT_THAT(read_checkpoint("/nonexistent/c"), FailsWith(StatusCode::kNotFound, "/nonexistent"));
}

TEST(Checkpoint, AFailedWriteLeavesTheOldFile) {
  const TempDir dir;
  const std::string path = dir.file("c");
  ASSERT_THAT(write_checkpoint(path, sample()), IsOk());
  NamedTensors bad;
  bad.emplace("a", f32({1}, {1}));
  bad.emplace("text", tern::testing::strings({1}, {"x"}));
  EXPECT_THAT(write_checkpoint(path, bad), FailsWith(StatusCode::kInvalidArgument, "tensor text"));
  const auto back = read_checkpoint(path);
  ASSERT_THAT(back, IsOk());
  EXPECT_TRUE(back->contains("weight"));
}

}  // namespace
}  // namespace tern::train
