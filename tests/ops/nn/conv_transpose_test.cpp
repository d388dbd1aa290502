#include "tern/ops/nn.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

// 1 2 3 with the filter 1 10: every element lays its multiple of the filter down, `stride` apart.
OpCase line(std::string name, ops::ConvTranspose op, std::vector<double> y) {
  const auto length = static_cast<std::int64_t>(y.size());
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {f32({1, 1, 3}, {1, 2, 3}), f32({1, 1, 2}, {1, 10})},
          .expected = {f32({1, 1, length}, y)}};
}

// The same with the filter 1 10 100 and a stride of 2: 1 10 102 20 203 30 300 before padding.
OpCase same(std::string name, ops::AutoPad pad, std::vector<double> y) {
  return {.name = std::move(name),
          .op = ops::ConvTranspose{.auto_pad = pad, .strides = {2}},
          .inputs = {f32({1, 1, 3}, {1, 2, 3}), f32({1, 1, 3}, {1, 10, 100})},
          .expected = {f32({1, 1, 6}, y)}};
}

}  // namespace

TERN_OP_TEST(ConvTranspose) {
  return {
      line("plain", {}, {1, 12, 23, 30}),
      line("strides", {.strides = {2}}, {1, 10, 2, 20, 3, 30}),
      line("pads take from the ends", {.pads = {1, 2}}, {12}),
      line("output_padding adds at the end", {.output_padding = {1}, .strides = {2}},
           {1, 10, 2, 20, 3, 30, 0}),
      line("dilations", {.dilations = {2}}, {1, 2, 13, 20, 30}),
      // One element too many is taken from the start; what is too few stays 0.
      line("output_shape", {.output_shape = {5}, .strides = {2}}, {10, 2, 20, 3, 30}),
      line("a large output_shape", {.output_shape = {8}, .strides = {2}},
           {1, 10, 2, 20, 3, 30, 0, 0}),
      line("output_padding above the stride", {.output_padding = {2}}, {1, 12, 23, 30, 0, 0}),
      same("same_upper", ops::AutoPad::kSameUpper, {1, 10, 102, 20, 203, 30}),
      same("same_lower", ops::AutoPad::kSameLower, {10, 102, 20, 203, 30, 300}),
      {.name = "bias",
       .op = ops::ConvTranspose{},
       .inputs = {f32({1, 1, 2}, {1, 2}), f32({1, 2, 1}, {3, 5}), f32({2}, {100, 200})},
       .expected = {f32({1, 2, 2}, {103, 106, 205, 210})}},
      {.name = "channels are summed",
       .op = ops::ConvTranspose{},
       .inputs = {f32({1, 2, 1}, {1, 2}), f32({2, 2, 1}, {1, 10, 100, 1000})},
       .expected = {f32({1, 2, 1}, {201, 2010})}},
      {.name = "groups",
       .op = ops::ConvTranspose{.group = 2},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), f32({2, 1, 1}, {2, 5})},
       .expected = {f32({1, 2, 2}, {2, 4, 15, 20})}},
      {.name = "two axes",
       .op = ops::ConvTranspose{},
       .inputs = {f32({1, 1, 2, 2}, {1, 2, 3, 4}), f32({1, 1, 2, 2}, {1, 0, 0, 10})},
       .expected = {f32({1, 1, 3, 3}, {1, 2, 0, 3, 14, 20, 0, 30, 40})}},
  };
}

TEST(ConvTranspose, RefusesChannelsThatDoNotMatch) {
  expect_refused(ops::ConvTranspose{}, {f32({1, 2, 1}, {1, 2}), f32({1, 1, 1}, {1})}, "channels");
}

}  // namespace tern::testing
