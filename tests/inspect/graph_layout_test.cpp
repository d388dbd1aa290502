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
  ASSERT_EQ(layout.trunks.size(), 1U);
  const std::vector<Point>& trunk = layout.trunks[0].points;
  ASSERT_EQ(trunk.size(), 3U) << "from the box to both sides of the layer passed";
  EXPECT_EQ(trunk[0].x, layout.boxes[0].centre.x);
  for (const Point& p : trunk) EXPECT_FALSE(inside(layout.boxes[1], p));
  const std::vector<Point>& branch = layout.edges[2].points;
  ASSERT_EQ(branch.size(), 2U);
  EXPECT_EQ(branch[0].x, trunk[2].x);
  EXPECT_EQ(branch[0].y, trunk[2].y);
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
    ASSERT_EQ(edge.points.size(), 2U);
    EXPECT_EQ(edge.points[1].x, layout.boxes[edge.to].centre.x);
    EXPECT_GE(edge.points[1].y, edge.points[0].y);
  }
}

// One box that all others read, in a chain: the points grow with the chain, not with its square.
TEST(GraphLayout, EdgesOfOneBoxShareTheirWay) {
  constexpr std::size_t kCount = 3000;
  GraphLayout layout = boxes(kCount);
  for (std::size_t i = 1; i < kCount; ++i) {
    connect(layout, i - 1, i);
    if (i > 1) connect(layout, 0, i);
  }
  lay_out(layout);
  std::size_t points = 0;
  for (const EdgeToPlace& edge : layout.edges) points += edge.points.size();
  for (const Trunk& trunk : layout.trunks) points += trunk.points.size();
  EXPECT_LE(points, 6 * kCount);
}

}  // namespace
}  // namespace tern::inspect
