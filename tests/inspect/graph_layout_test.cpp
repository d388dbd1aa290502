#include "inspect/graph_layout.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace tern::inspect {
namespace {

GraphLayout boxes(std::size_t count, double width = 80, double height = 40) {
  GraphLayout layout;
  for (std::size_t i = 0; i < count; ++i) layout.boxes.push_back({width, height, {}});
  return layout;
}

void connect(GraphLayout& layout, std::size_t from, std::size_t to) {
  layout.edges.push_back({from, to, {}});
}

bool touch(const BoxToPlace& a, const BoxToPlace& b) {
  return std::abs(a.centre.x - b.centre.x) < (a.width + b.width) / 2 &&
         std::abs(a.centre.y - b.centre.y) < (a.height + b.height) / 2;
}

bool inside(const BoxToPlace& box, const Point& p) {
  return std::abs(p.x - box.centre.x) < box.width / 2 &&
         std::abs(p.y - box.centre.y) < box.height / 2;
}

TEST(GraphLayout, AChainIsAStraightLineDown) {
  GraphLayout layout = boxes(4);
  for (std::size_t i = 0; i + 1 < 4; ++i) connect(layout, i, i + 1);
  lay_out(layout);
  for (std::size_t i = 0; i + 1 < 4; ++i) {
    EXPECT_NEAR(layout.boxes[i].centre.x, layout.boxes[i + 1].centre.x, 1e-6);
    EXPECT_GT(layout.boxes[i + 1].centre.y - layout.boxes[i].centre.y, 40);
  }
}

TEST(GraphLayout, AnEdgeOverLayersGoesAroundTheirBoxes) {
  GraphLayout layout = boxes(3);
  connect(layout, 0, 1);
  connect(layout, 1, 2);
  connect(layout, 0, 2);
  lay_out(layout);
  ASSERT_EQ(layout.edges[2].points.size(), 4U) << "its ends, and both sides of the layer passed";
  for (const Point& p : layout.edges[2].points) EXPECT_FALSE(inside(layout.boxes[1], p));
}

TEST(GraphLayout, WhatNothingLeadsToStandsAboveItsReader) {
  GraphLayout late = boxes(5);  // 0 -> 2 -> 3 -> 4, and 1 is an input that only 4 reads
  connect(late, 0, 2);
  connect(late, 2, 3);
  connect(late, 3, 4);
  connect(late, 1, 4);
  lay_out(late);
  EXPECT_EQ(late.boxes[1].centre.y, late.boxes[3].centre.y);
}

TEST(GraphLayout, NothingIsAPictureWithoutBoxes) {
  GraphLayout layout;
  lay_out(layout);
  EXPECT_GT(layout.width, 0);
  EXPECT_GT(layout.height, 0);
}

TEST(GraphLayout, AThousandBoxesDoNotTouch) {
  GraphLayout layout;
  RandomStream random(7);
  for (int i = 0; i < 1000; ++i) {
    layout.boxes.push_back({40 + static_cast<double>(random.below(200)),
                            20 + static_cast<double>(random.below(30)),
                            {}});
  }
  for (std::size_t i = 1; i < 1000; ++i) {
    connect(layout, i - 1 - random.below(std::min<std::uint64_t>(i, 3)), i);
    connect(layout, random.below(i), i);
  }
  lay_out(layout);
  for (std::size_t a = 0; a < 1000; ++a) {
    const BoxToPlace& box = layout.boxes[a];
    EXPECT_GE(box.centre.x - box.width / 2, 0);
    EXPECT_LE(box.centre.x + box.width / 2, layout.width);
    EXPECT_LE(box.centre.y + box.height / 2, layout.height);
    for (std::size_t b = a + 1; b < 1000; ++b) {
      ASSERT_FALSE(touch(box, layout.boxes[b])) << a << " and " << b;
    }
  }
  for (const EdgeToPlace& edge : layout.edges) {
    ASSERT_GE(edge.points.size(), 2U);
    EXPECT_EQ(edge.points.front().x, layout.boxes[edge.from].centre.x);
    EXPECT_EQ(edge.points.back().x, layout.boxes[edge.to].centre.x);
    for (std::size_t i = 1; i < edge.points.size(); ++i) {
      EXPECT_GE(edge.points[i].y, edge.points[i - 1].y);
    }
  }
}

}  // namespace
}  // namespace tern::inspect
