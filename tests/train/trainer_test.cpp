#include "tern/trainer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "tern/functions.h"
#include "tern/loss.h"
#include "tern/nn.h"
#include "tern/trainable.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::all_close;
using testing::f32;
using testing::FailsWith;
using testing::filled;
using testing::IsOk;
using testing::TempDir;
using testing::values_of;

// 70 rows: points of the plane, and whether they lie inside a circle.
Dataset circle() {
  const Tensor points = testing::random_values(DType::kF32, {70, 2}, -1, 1, 3);
  const auto p = points.span<float>();
  const Tensor inside = filled(DType::kU8, {70}, [&](std::int64_t i) {
    const float x = p[static_cast<std::size_t>(2 * i)], y = p[static_cast<std::size_t>(2 * i + 1)];
    return x * x + y * y < 0.6F ? 1.0 : 0.0;
  });
  return *Dataset::from_tensors({{"point", points}, {"inside", inside}});
}

// With everything that a resumed training has to get right: statistics, random draws, states.
Graph classifier() {
  GraphBuilder b("circle");
  nn::Layers nn(b, {.seed = 4});
  Value h = b.input("point", DType::kF32, {"N", 2});
  h = nn.dense(h, {.units = 16});
  h = nn.dropout(relu(nn.batch_norm(h)), {.ratio = 0.2F});
  b.output("scores", nn.dense(h, {.units = 2}));
  return *b.build();
}

TrainerOptions classification() {
  return {.loss = [](Value y, Value t) { return cross_entropy(y, t); },
          .metrics = {{"accuracy", accuracy}},
          .optimizer = adam(),
          .learning_rate = cosine_decay(0.02, 60),
          .seed = 11,
          .session = {.threads = 2}};
}

Trainer make_trainer(TrainerOptions options = classification()) {
  auto trainer = Trainer::create(classifier(), *target_of(circle()), std::move(options));
  EXPECT_THAT(trainer, IsOk());
  return *std::move(trainer);
}

// Batches of 16: the last one of an epoch has 6 rows.
DataLoader make_loader(DataLoaderOptions options = {.batch = 16, .shuffle = true, .seed = 5}) {
  auto loader = DataLoader::create(circle(), std::move(options));
  EXPECT_THAT(loader, IsOk());
  return *std::move(loader);
}

void expect_same_variables(const VariableStore& a, const VariableStore& b) {
  ASSERT_EQ(a.names(), b.names());
  for (const std::string& name : a.names()) {
    EXPECT_TRUE(identical(*a.find(name), *b.find(name))) << name;
  }
}

TEST(Trainer, FitsALine) {
  const Tensor x = testing::random_values(DType::kF32, {64, 2}, -1, 1, 8);
  const auto v = x.span<float>();
  const Tensor y = filled(DType::kF32, {64}, [&](std::int64_t i) {
    return 3 * v[static_cast<std::size_t>(2 * i)] - 2 * v[static_cast<std::size_t>(2 * i + 1)] + 1;
  });
  GraphBuilder b("line");
  nn::Layers nn(b);
  b.output("y", nn.dense(b.input("x", DType::kF32, {"N", 2}), {.units = 1}));
  const Dataset data = *Dataset::from_tensors({{"x", x}, {"y", y}});
  auto loader = *DataLoader::create(data, {.batch = 10, .shuffle = true});
  auto trainer = Trainer::create(*b.build(), *target_of(data),
                                 {.loss = mean_squared_error,
                                  .optimizer = sgd({.momentum = 0.9}),
                                  .learning_rate = constant_rate(0.05),
                                  .session = {.threads = 1}});
  ASSERT_THAT(trainer, IsOk());
  const auto result = trainer->fit(loader, {.epochs = 60});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->steps, 60 * 7);
  EXPECT_TRUE(all_close(*trainer->variables()->find("dense1.weight"), f32({2, 1}, {3, -2}),
                        {.absolute = 1e-3}));
  EXPECT_TRUE(
      all_close(*trainer->variables()->find("dense1.bias"), f32({1}, {1}), {.absolute = 1e-3}));
}

TEST(Trainer, ReportsEveryEpochAndRemembersTheBest) {
  Trainer trainer = make_trainer();
  DataLoader data = make_loader(), test = make_loader({.batch = 64});
  std::vector<EpochReport> reports;
  FitOptions options{.epochs = 12, .validation = &test, .keep_best = true};
  options.on_epoch = [&](const EpochReport& report) {
    reports.push_back(report);
    return Status();
  };
  const auto result = trainer.fit(data, options);
  ASSERT_THAT(result, IsOk());
  ASSERT_EQ(reports.size(), 12u);
  EXPECT_EQ(reports[0].step, 5);
  EXPECT_EQ(reports[11].epoch, 12);
  EXPECT_LT(reports[11].loss, reports[0].loss);
  double best = -1;
  std::int64_t best_epoch = 0;
  for (const EpochReport& report : reports) {
    ASSERT_TRUE(report.validation.has_value());
    EXPECT_EQ(report.validation->rows, 70);
    const bool better = report.validation->metrics[0] > best;
    EXPECT_EQ(report.best, better);
    if (better) best = report.validation->metrics[0], best_epoch = report.epoch;
  }
  EXPECT_EQ(result->best_epoch, best_epoch);
  EXPECT_EQ(result->best_value, best);
  EXPECT_GT(best, 0.75);
  const auto kept = trainer.evaluate(test);
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->metrics[0], best);
}

TEST(Trainer, AnyNumberIsBetterThanNone) {
  // The bias moves from 0 to 2; while it is below 1, the metric is no number.
  GraphBuilder b("bias");
  nn::Layers nn(b);
  b.output("y", nn.dense(b.input("x", DType::kF32, {"N", 1}), {.units = 1}));
  const Dataset data = *Dataset::from_tensors(
      {{"x", filled(DType::kF32, {8, 1}, [](std::int64_t) { return 0.0; })},
       {"y", filled(DType::kF32, {8, 1}, [](std::int64_t) { return 2.0; })}});
  auto loader = *DataLoader::create(data, {.batch = 8});
  const auto root = [](Value y, Value) {
    GraphBuilder& at = *y.builder();
    return reduce_mean(sqrt(y - at.scalar<float>(1)), {}, false);
  };
  auto trainer = Trainer::create(*b.build(), *target_of(data),
                                 {.loss = mean_squared_error,
                                  .metrics = {{"root", root}},
                                  .optimizer = sgd(),
                                  .learning_rate = constant_rate(0.1),
                                  .session = {.threads = 1}});
  ASSERT_THAT(trainer, IsOk());
  std::vector<bool> numbers;
  FitOptions options{.epochs = 8, .validation = &loader};
  options.on_epoch = [&](const EpochReport& report) {
    numbers.push_back(!std::isnan(report.validation->metrics[0]));
    return Status();
  };
  const auto result = trainer->fit(loader, options);
  ASSERT_THAT(result, IsOk());
  ASSERT_EQ(numbers.size(), 8u);
  EXPECT_FALSE(numbers.front());
  EXPECT_TRUE(numbers.back());
  EXPECT_EQ(result->best_epoch, 8);
}

TEST(Trainer, StopsWhenNoEpochIsBetter) {
  TrainerOptions options = classification();
  options.learning_rate = constant_rate(0);  // the running statistics move, the metric below cannot
  options.metrics = {{"constant", [](Value y, Value) { return y.builder()->scalar<float>(1); }}};
  Trainer trainer = make_trainer(options);
  DataLoader data = make_loader(), test = make_loader();
  const auto result = trainer.fit(data, {.epochs = 50, .validation = &test, .patience = 3});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->end, FitEnd::kNoBetter);
  EXPECT_EQ(result->epochs, 4);
  EXPECT_EQ(result->best_epoch, 1);
}

// Trains with a stop requested in step `stop_at`, goes on from the checkpoint with another trainer
// and compares with a training that was never stopped.
void check_resume(std::int64_t stop_at) {
  SCOPED_TRACE(stop_at);
  DataLoader data = make_loader(), test = make_loader({.batch = 32});
  const FitOptions options{.epochs = 4, .validation = &test, .keep_best = true};
  Trainer straight = make_trainer();
  const auto expected = straight.fit(data, options);
  ASSERT_THAT(expected, IsOk());

  const TempDir dir;
  FitOptions saving = options;
  saving.checkpoint = dir.file("state.ckpt");
  {
    std::stop_source stop;
    TrainerOptions stopping = classification();
    stopping.learning_rate = [&, then = stopping.learning_rate](std::int64_t step) {
      if (step == stop_at) stop.request_stop();
      return then(step);
    };
    Trainer first = make_trainer(stopping);
    FitOptions once = saving;
    once.stop = stop.get_token();
    const auto stopped = first.fit(data, once);
    ASSERT_THAT(stopped, IsOk());
    EXPECT_EQ(stopped->end, FitEnd::kRequested);
    EXPECT_EQ(stopped->steps, stop_at + 1);
  }
  Trainer second = make_trainer();
  ASSERT_THAT(second.load_checkpoint(saving.checkpoint), IsOk());
  EXPECT_EQ(second.steps(), stop_at + 1);
  const auto resumed = second.fit(data, saving);
  ASSERT_THAT(resumed, IsOk());
  EXPECT_EQ(resumed->end, FitEnd::kFinished);
  EXPECT_EQ(resumed->steps, expected->steps);
  EXPECT_EQ(resumed->best_epoch, expected->best_epoch);
  EXPECT_EQ(resumed->best_value, expected->best_value);
  expect_same_variables(*second.variables(), *straight.variables());
}

TEST(Trainer, ResumesToTheSameBitsInTheMiddleOfAnEpoch) { check_resume(7); }
TEST(Trainer, ResumesToTheSameBitsBeforeTheRaggedBatch) { check_resume(8); }
TEST(Trainer, ResumesToTheSameBitsAtTheEndOfAnEpoch) { check_resume(9); }

TEST(Trainer, AFinishedTrainingResumesToItsEnd) {
  const TempDir dir;
  DataLoader data = make_loader(), test = make_loader();
  const FitOptions options{
      .epochs = 3, .validation = &test, .keep_best = true, .checkpoint = dir.file("c")};
  Trainer first = make_trainer();
  ASSERT_THAT(first.fit(data, options), IsOk());
  Trainer second = make_trainer();
  ASSERT_THAT(second.load_checkpoint(dir.file("c")), IsOk());
  const auto again = second.fit(data, options);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->steps, 15);
  expect_same_variables(*first.variables(), *second.variables());
}

TEST(Trainer, SavesCheckpointsBetweenEpochsToo) {
  const TempDir dir;
  TrainerOptions failing = classification();
  failing.learning_rate = [](std::int64_t step) { return step < 9 ? 0.01 : NAN; };
  Trainer trainer = make_trainer(failing);
  DataLoader data = make_loader();
  EXPECT_THAT(trainer.fit(data, {.epochs = 9, .checkpoint = dir.file("c"), .checkpoint_steps = 4}),
              FailsWith(StatusCode::kAborted, "loss is nan in step 11"));
  Trainer other = make_trainer();
  ASSERT_THAT(other.load_checkpoint(dir.file("c")), IsOk());
  EXPECT_EQ(other.steps(), 10) << "the one at the end of the epoch";
}

TEST(Trainer, ACheckpointOfAnotherTrainingIsRefusedAndChangesNothing) {
  const TempDir dir;
  DataLoader data = make_loader();
  Trainer trainer = make_trainer();
  ASSERT_THAT(trainer.fit(data, {.epochs = 1, .checkpoint = dir.file("c")}), IsOk());

  TrainerOptions other_seed = classification();
  other_seed.seed = 12;
  EXPECT_THAT(make_trainer(other_seed).load_checkpoint(dir.file("c")),
              FailsWith(StatusCode::kFailedPrecondition, "seed 11, this training has seed 12"));

  TrainerOptions other_optimizer = classification();
  other_optimizer.optimizer = sgd({.momentum = 0.9});
  Trainer plain = make_trainer(other_optimizer);
  const Tensor before = *plain.variables()->find("dense1.weight")->clone();
  EXPECT_THAT(plain.load_checkpoint(dir.file("c")),
              FailsWith(StatusCode::kFailedPrecondition, "the model has no variable optimizer/"));
  EXPECT_TRUE(identical(before, *plain.variables()->find("dense1.weight")));

  Trainer same = make_trainer();
  ASSERT_THAT(same.load_checkpoint(dir.file("c")), IsOk());
  DataLoader other_data = make_loader({.batch = 8, .shuffle = true, .seed = 5});
  EXPECT_THAT(
      same.fit(other_data, {.epochs = 2}),
      FailsWith(StatusCode::kFailedPrecondition, "70 rows, batch 16, shuffled with seed 5"));
}

std::vector<double> losses(const SessionOptions& session) {
  TrainerOptions options = classification();
  options.session = session;
  Trainer trainer = make_trainer(options);
  DataLoader data = make_loader();
  std::vector<double> found;
  EXPECT_THAT(data.start_epoch(0), IsOk());
  for (;;) {
    const auto batch = data.next();
    EXPECT_THAT(batch, IsOk());
    if (!batch.ok() || !*batch) return found;
    const auto loss = trainer.step((*batch)->tensors);
    EXPECT_THAT(loss, IsOk());
    found.push_back(*loss);
  }
}

TEST(Trainer, PassesAndThreadsDoNotChangeWhatIsLearnt) {
  const std::vector<double> expected =
      losses({.threads = 1, .optimize = false, .reference_kernels = true});
  for (const SessionOptions& session : {SessionOptions{.threads = 1}, SessionOptions{.threads = 2},
                                        SessionOptions{.threads = 2, .optimize = false}}) {
    const std::vector<double> found = losses(session);
    ASSERT_EQ(found.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(found[i], expected[i], 1e-4) << i;
  }
}

// Two steps of a convolutional network; all its variables afterwards.
std::shared_ptr<VariableStore> after_two_steps(const SessionOptions& session) {
  GraphBuilder b("cnn");
  nn::Layers nn(b, {.seed = 2});
  Value h = b.input("x", DType::kF32, {"N", 2, 8, 8});
  h = relu(nn.batch_norm(nn.conv(h, {.channels = 6, .same = true})));
  h = nn.max_pool(h);
  h = nn.apply(h, nn::Residual{.body = {nn::Conv{.channels = 6, .same = true}, nn::Activate{}}});
  h = nn.average_pool(nn.conv(h, {.channels = 8, .stride = {2}, .padding = {1}, .bias = false}));
  b.output("y", nn.dense(nn.flatten(h), {.units = 3}));
  TrainerOptions options = classification();
  options.optimizer = sgd({.momentum = 0.9, .weight_decay = 0.01});
  options.learning_rate = constant_rate(0.05);
  options.max_gradient_norm = 1;
  options.session = session;
  const Tensor batch[] = {testing::random_values(DType::kF32, {6, 2, 8, 8}, -1, 1, 4),
                          testing::i64({6}, {0, 1, 2, 2, 1, 0})};
  auto trainer = Trainer::create(
      *b.build(), {.name = "label", .dtype = DType::kI64, .shape = {}, .classes = {}}, options);
  EXPECT_THAT(trainer, IsOk());
  for (int i = 0; i < 2; ++i) EXPECT_THAT(trainer->step(batch), IsOk());
  return trainer->variables();
}

TEST(Trainer, AConvolutionalNetworkLearnsTheSameWithAndWithoutPassesAndKernels) {
  const auto expected =
      after_two_steps({.threads = 1, .optimize = false, .reference_kernels = true});
  for (const SessionOptions& session : {SessionOptions{.threads = 1}, SessionOptions{.threads = 2},
                                        SessionOptions{.threads = 1, .optimize = false}}) {
    const auto found = after_two_steps(session);
    for (const std::string& name : expected->names()) {
      EXPECT_TRUE(all_close(*found->find(name), *expected->find(name),
                            {.relative = 1e-3, .absolute = 1e-4}))
          << name;
    }
  }
}

TEST(Trainer, ARecurrentNetworkRemembersTheFirstStep) {
  const Tensor x = testing::random_values(DType::kF32, {64, 6, 1}, -1, 1, 6);
  const auto v = x.span<float>();
  const Tensor first = filled(DType::kI64, {64}, [&](std::int64_t i) {
    return v[static_cast<std::size_t>(6 * i)] > 0 ? 1.0 : 0.0;
  });
  GraphBuilder b("memory");
  nn::Layers nn(b, {.seed = 1});
  const Value h = nn.recurrent(b.input("x", DType::kF32, {"N", 6, 1}), {.units = 8});
  b.output("y", nn.dense(h, {.units = 2}));
  TrainerOptions options = classification();
  options.learning_rate = constant_rate(0.03);
  auto trainer = Trainer::create(
      *b.build(), {.name = "label", .dtype = DType::kI64, .shape = {}, .classes = {}}, options);
  ASSERT_THAT(trainer, IsOk());
  const Tensor batch[] = {x, first};
  for (int i = 0; i < 120; ++i) ASSERT_THAT(trainer->step(batch), IsOk());
  EXPECT_GT(trainer->evaluate(batch)->metrics[0], 0.9);
}

TEST(Trainer, EvaluationChangesNothing) {
  Trainer trainer = make_trainer();
  DataLoader data = make_loader();
  const auto first = trainer.evaluate(data);
  const auto second = trainer.evaluate(data);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->loss, second->loss);
  EXPECT_EQ(first->rows, 70);
}

TEST(Trainer, SavesAModelThatRunsAsItWasMeasured) {
  const TempDir dir;
  Trainer trainer = make_trainer();
  DataLoader data = make_loader();
  ASSERT_THAT(trainer.fit(data, {.epochs = 5}), IsOk());
  ASSERT_THAT(trainer.save(dir.file("m.onnx")), IsOk());
  auto saved = Session::load(dir.file("m.onnx"), {.threads = 1});
  ASSERT_THAT(saved, IsOk());
  const Tensor point = f32({3, 2}, {0, 0, 0.5, -0.5, 1, 1});
  auto shared = Session::create(trainer.model(), {.threads = 1, .variables = trainer.variables()});
  ASSERT_THAT(shared, IsOk());
  const auto a = saved->run({{"point", point}}), b = shared->run({{"point", point}});
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  EXPECT_TRUE(all_close((*a)[0], (*b)[0]));
}

TEST(Trainer, AccumulatedBatchesAreAsGoodAsALargeOne) {
  const auto train = [](std::int64_t batch, std::int64_t accumulate) {
    GraphBuilder b("circle");
    nn::Layers nn(b, {.seed = 4});
    const Value h = relu(nn.dense(b.input("point", DType::kF32, {"N", 2}), {.units = 8}));
    b.output("scores", nn.dense(h, {.units = 2}));
    TrainerOptions options = classification();
    options.learning_rate = constant_rate(0.02);
    options.accumulate = accumulate;
    auto trainer = Trainer::create(*b.build(), *target_of(circle()), std::move(options));
    EXPECT_THAT(trainer, IsOk());
    DataLoader data = make_loader({.batch = batch, .shuffle = true, .seed = 5});
    EXPECT_THAT(trainer->fit(data, {.epochs = 4}), IsOk());
    return *std::move(trainer);
  };
  // 70 rows: 7 batches of 10 or 14 batches of 5, whose means count alike.
  const Trainer large = train(10, 1), small = train(5, 2);
  EXPECT_EQ(large.steps(), 28);
  EXPECT_EQ(small.steps(), 56);
  for (const char* name : {"dense1.weight", "dense2.weight", "dense2.bias"}) {
    EXPECT_TRUE(all_close(*small.variables()->find(name), *large.variables()->find(name),
                          {.absolute = 1e-5}))
        << name;
  }
}

TEST(Trainer, AveragesAreWhatIsMeasuredAndSaved) {
  const TempDir dir;
  TrainerOptions options = classification();
  options.average_decay = 0.9;
  Trainer trainer = make_trainer(options);
  DataLoader data = make_loader();
  ASSERT_THAT(trainer.fit(data, {.epochs = 6}), IsOk());
  const double measured = trainer.evaluate(data)->loss;
  ASSERT_THAT(trainer.save(dir.file("m.onnx")), IsOk());
  auto model = load_model(dir.file("m.onnx"));
  ASSERT_THAT(model, IsOk());
  const Tensor& average = *trainer.variables()->find(average_name("dense1.weight"));
  EXPECT_TRUE(identical(model->value(model->find("dense1.weight")).tensor, average));
  EXPECT_FALSE(all_close(*trainer.variables()->find("dense1.weight"), average));
  // A trainer of the saved model measures what this one did.
  ASSERT_THAT(make_trainable(*model, "*"), IsOk());
  auto again = Trainer::create(*std::move(model), *target_of(circle()), classification());
  ASSERT_THAT(again, IsOk());
  EXPECT_NEAR(again->evaluate(data)->loss, measured, 1e-5);
}

TEST(Trainer, APlateauLowersTheRate) {
  TrainerOptions options = classification();
  options.learning_rate = constant_rate(0.01);
  options.metrics = {{"same", [](Value y, Value) { return reduce_mean(y * 0.0, {}, false); }}};
  Trainer trainer = make_trainer(options);
  DataLoader data = make_loader(), test = make_loader({.batch = 64});
  std::vector<double> rates;
  FitOptions fit{.epochs = 8, .validation = &test};
  fit.plateau = {.patience = 1, .factor = 0.5, .last = 0.2};
  fit.on_epoch = [&](const EpochReport& report) {
    rates.push_back(report.learning_rate);
    return Status();
  };
  ASSERT_THAT(trainer.fit(data, fit), IsOk());
  // The first epoch is the best; every second one after it is one too many.
  const std::vector<double> expected{0.01, 0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025, 0.002};
  ASSERT_EQ(rates.size(), expected.size());
  for (std::size_t i = 0; i < rates.size(); ++i) EXPECT_DOUBLE_EQ(rates[i], expected[i]) << i;
  fit.plateau->factor = 1;
  EXPECT_THAT(trainer.fit(data, fit),
              FailsWith(StatusCode::kInvalidArgument, "plateau: patience 1, factor 1"));
}

TEST(Trainer, SumsAveragesAndPlateausResume) {
  const TempDir dir;
  TrainerOptions options = classification();
  options.accumulate = 3;  // epochs have 5 steps
  options.average_decay = 0.9;
  const auto fit = [&](std::int64_t epochs, DataLoader& test) {
    FitOptions made{.epochs = epochs, .validation = &test, .keep_best = true};
    made.monitor = "loss";
    made.plateau = {.patience = 0, .factor = 0.5, .threshold = 0.1};
    made.checkpoint = dir.file("a.ckpt");
    return made;
  };
  DataLoader data = make_loader(), test = make_loader({.batch = 64});
  Trainer whole = make_trainer(options);
  ASSERT_THAT(whole.fit(data, fit(7, test)), IsOk());
  Trainer first = make_trainer(options), second = make_trainer(options);
  FitOptions part = fit(7, test);
  std::stop_source stop;
  part.stop = stop.get_token();
  part.on_epoch = [&](const EpochReport& report) {
    if (report.epoch == 4) stop.request_stop();
    return Status();
  };
  ASSERT_THAT(first.fit(data, part), IsOk());
  ASSERT_THAT(second.load_checkpoint(dir.file("a.ckpt")), IsOk());
  EXPECT_EQ(second.steps(), 21);
  ASSERT_THAT(second.fit(data, fit(7, test)), IsOk());
  expect_same_variables(*whole.variables(), *second.variables());
}

TEST(Trainer, AnImportedModelLearnsOn) {
  const TempDir dir;
  {
    Trainer trainer = make_trainer();
    ASSERT_THAT(trainer.save(dir.file("m.onnx")), IsOk());
  }
  auto model = load_model(dir.file("m.onnx"));
  ASSERT_THAT(model, IsOk());
  ASSERT_THAT(make_trainable(*model, "dense2.*"), IsOk());
  const Tensor before = model->value(model->find("dense1.weight")).tensor;
  auto trainer = Trainer::create(*std::move(model), *target_of(circle()), classification());
  ASSERT_THAT(trainer, IsOk());
  DataLoader data = make_loader();
  const double loss = trainer->evaluate(data)->loss;
  ASSERT_THAT(trainer->fit(data, {.epochs = 5}), IsOk());
  EXPECT_LT(trainer->evaluate(data)->loss, loss);
  ASSERT_THAT(trainer->save(dir.file("m.onnx")), IsOk()) << "over the file it came from";
  auto again = load_model(dir.file("m.onnx"));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(all_close(again->value(again->find("dense2.weight")).tensor,
                        *trainer->variables()->find("dense2.weight")));
}

TEST(Trainer, BatchesTakeTheTypeOfTheModel) {
  GraphBuilder b("g");
  nn::Layers nn(b);
  Value x = b.input("x", DType::kF32, {"N", 1, 2, 2});
  b.output("y", nn.dense(nn.flatten(x), {.units = 2}));
  const Tensor bytes = testing::ints(DType::kU8, {3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Tensor labels = testing::ints(DType::kI32, {3}, {0, 1, 0});
  const Dataset data = *Dataset::from_tensors({{"x", bytes}, {"label", labels}});
  auto trainer = Trainer::create(*b.build(), *target_of(data), classification());
  ASSERT_THAT(trainer, IsOk());
  const Tensor batch[] = {bytes, labels};
  EXPECT_THAT(trainer->step(batch), IsOk());
  const Tensor wrong[] = {f32({3, 5}, std::vector<double>(15)), labels};
  EXPECT_THAT(trainer->step(wrong), FailsWith(StatusCode::kInvalidArgument, "input x is f32[3,5]"));
  EXPECT_THAT(trainer->step(std::span(batch, 1)),
              FailsWith(StatusCode::kInvalidArgument, "a batch of 1 tensors"));
}

TEST(Trainer, MistakesOfItsOptionsAreTold) {
  const auto mistake = [](TrainerOptions options) {
    return Trainer::create(classifier(), *target_of(circle()), std::move(options));
  };
  TrainerOptions options = classification();
  options.loss = nullptr;
  EXPECT_THAT(mistake(options), FailsWith(StatusCode::kInvalidArgument, "no loss is given"));
  options = classification();
  options.loss = [](Value y, Value) { return y; };
  EXPECT_THAT(mistake(options), FailsWith(StatusCode::kInvalidArgument, "not a single"));
  options = classification();
  options.learning_rate = nullptr;
  EXPECT_THAT(mistake(options), FailsWith(StatusCode::kInvalidArgument, "no learning rate"));
  Trainer trainer = make_trainer();
  DataLoader data = make_loader();
  EXPECT_THAT(trainer.fit(data, {.monitor = "acuracy"}),
              FailsWith(StatusCode::kInvalidArgument, "only loss, accuracy"));
}

}  // namespace
}  // namespace tern
