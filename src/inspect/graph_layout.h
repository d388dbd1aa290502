// Where to draw the nodes of a graph: in layers from top to bottom, so that every edge goes down.
//
// Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures"
// (1981): a layer for each node, edges over several layers cut into pieces, an order within layers
// that avoids crossings, then places across.
#pragma once

#include <cstddef>
#include <vector>

namespace tern::inspect {

struct Point {
  double x = 0;
  double y = 0;
};

struct BoxToPlace {
  double width = 0;
  double height = 0;
  Point centre;  // filled in
};

struct EdgeToPlace {
  std::size_t from = 0;
  std::size_t to = 0;
  std::vector<Point> points;  // filled in: to the upper side of `to`, from `from` or its trunk
};

/// The way down that all edges share which leave a box for others than those of the next layer.
/// Edges branch off it, so that what is drawn grows with the layers and not with their square.
struct Trunk {
  std::size_t from = 0;
  std::vector<Point> points;
};

struct GraphLayout {
  std::vector<BoxToPlace> boxes;  // in an order in which edges go from earlier to later ones
  std::vector<EdgeToPlace> edges;
  std::vector<Trunk> trunks;  // filled in, as are the sizes of all
  double width = 0;
  double height = 0;
};

/// Fills in the places. No two boxes touch; every point lies in [0, width] x [0, height]. Takes
/// about linear time. Edges that do not go from an earlier to a later box are drawn straight.
void lay_out(GraphLayout& layout);

}  // namespace tern::inspect
