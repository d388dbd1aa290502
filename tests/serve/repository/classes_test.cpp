#include "serve/repository/classes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tern/functions.h"
#include "tern/graph_builder.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::IsEmpty;
using testing::IsOk;

// x f32[N,3] -> y = f(x), with the metadata "labels".
template <class F>
Graph classifier(F f, std::string labels) {
  GraphBuilder b;
  b.output("y", f(b.input("x", DType::kF32, {"N", 3})));
  Graph graph = *b.build();
  if (!labels.empty()) graph.metadata["labels"] = std::move(labels);
  return graph;
}

constexpr const char* kLabels = R"(["a","b","c"])";

TEST(ClassesOf, LabelsBelongToAnOutputWithAsManyScores) {
  GraphBuilder b;
  const Value x = b.input("x", DType::kF32, {"N", 3});
  b.output("features", concat({x, x}, 1));
  b.output("class", argmax(x, 1));
  b.output("scores", x * 2.0);
  Graph graph = *b.build();
  graph.metadata["labels"] = kLabels;
  const Result<Classes> classes = classes_of(graph);
  ASSERT_THAT(classes, IsOk());
  EXPECT_THAT(classes->labels, ElementsAre("a", "b", "c"));
  EXPECT_EQ(classes->output, 2u);
}

TEST(ClassesOf, NoLabelsNoClasses) {
  EXPECT_THAT(classes_of(classifier([](Value x) { return x * 2.0; }, ""))->labels, IsEmpty());
  EXPECT_THAT(classes_of(classifier([](Value x) { return x * 2.0; }, R"(["a"])"))->labels,
              IsEmpty());
}

TEST(ClassesOf, TwoLabelsMayHaveOneScore) {
  GraphBuilder b;
  b.output("p", sigmoid(b.input("x", DType::kF32, {"N", 1})));
  Graph graph = *b.build();
  graph.metadata["labels"] = R"(["no","yes"])";
  EXPECT_THAT(classes_of(graph)->labels, ElementsAre("no", "yes"));
  graph.metadata["labels"] = kLabels;
  EXPECT_THAT(classes_of(graph)->labels, IsEmpty());
}

TEST(ClassesWith, LabelsAreThoseOfANamedOutput) {
  const Graph graph = classifier([](Value x) { return softmax(x); }, "");
  const Classes classes = classes_with(graph, "y", {"a", "b", "c"});
  EXPECT_THAT(classes.labels, ElementsAre("a", "b", "c"));
  EXPECT_EQ(classes.kind, ScoreKind::kProbabilities);
  EXPECT_THAT(classes_with(graph, "z", {"a", "b", "c"}).labels, IsEmpty());
  EXPECT_THAT(classes_with(graph, "y", {"a", "b"}).labels, IsEmpty());
}

TEST(ClassesOf, LabelsThatAreNoneAreAnError) {
  const auto same = [](Value x) { return x * 2.0; };
  EXPECT_THAT(classes_of(classifier(same, "a,b,c")),
              FailsWith(StatusCode::kInvalidArgument, "metadata \"labels\" is no JSON array"));
  EXPECT_THAT(classes_of(classifier(same, R"({"a":1})")),
              FailsWith(StatusCode::kInvalidArgument, "object"));
  EXPECT_THAT(classes_of(classifier(same, R"(["a",1])")),
              FailsWith(StatusCode::kInvalidArgument, "integer"));
}

TEST(ClassesOf, TheLastOperatorSaysWhatTheScoresAre) {
  const auto kind = [](auto f) { return classes_of(classifier(f, kLabels))->kind; };
  EXPECT_EQ(kind([](Value x) { return x * 2.0; }), ScoreKind::kLogits);
  EXPECT_EQ(kind([](Value x) { return softmax(x); }), ScoreKind::kProbabilities);
  EXPECT_EQ(kind([](Value x) { return sigmoid(x); }), ScoreKind::kProbabilities);
  EXPECT_EQ(kind([](Value x) { return reshape(softmax(x), {-1, 3}); }), ScoreKind::kProbabilities);
  EXPECT_EQ(kind([](Value x) { return x.builder()->op(ops::LogSoftmax{}, {x}); }),
            ScoreKind::kLogProbabilities);
}

TEST(Probabilities, OfLogitsAreTheirSoftmax) {
  const std::vector<double> p =
      probabilities(std::vector<double>{0, std::log(3.0), 1000}, ScoreKind::kLogits);
  EXPECT_THAT(p, ElementsAre(0, 0, 1));
  const std::vector<double> q =
      probabilities(std::vector<double>{0, std::log(3.0)}, ScoreKind::kLogits);
  EXPECT_NEAR(q[0], 0.25, 1e-12);
  EXPECT_NEAR(q[1], 0.75, 1e-12);
}

TEST(Probabilities, OfLogarithmsAndOfProbabilities) {
  const std::vector<double> p = probabilities(std::vector<double>{std::log(0.2), std::log(0.8)},
                                              ScoreKind::kLogProbabilities);
  EXPECT_NEAR(p[0], 0.2, 1e-12);
  EXPECT_NEAR(p[1], 0.8, 1e-12);
  EXPECT_THAT(probabilities(std::vector<double>{0.9, 0.8}, ScoreKind::kProbabilities),
              ElementsAre(0.9, 0.8));
  EXPECT_THAT(probabilities({}, ScoreKind::kLogits), IsEmpty());
}

TEST(Probabilities, OfOneScoreAreThoseOfTwoClasses) {
  EXPECT_THAT(probabilities(std::vector<double>{0.75}, ScoreKind::kProbabilities),
              ElementsAre(0.25, 0.75));
  const std::vector<double> p =
      probabilities(std::vector<double>{std::log(3.0)}, ScoreKind::kLogits);
  EXPECT_NEAR(p[0], 0.25, 1e-12);
  EXPECT_NEAR(p[1], 0.75, 1e-12);
}

}  // namespace
}  // namespace tern::serve
