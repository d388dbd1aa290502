// Networks on sound: a voice detector that carries its state from step to step, and a transcriber
// of notes.
#include "base/file.h"
#include "tests/conformance/real_models.h"
#include "tests/support/tensors.h"

namespace tern::testing {
namespace {

class SileroVad : public RealModels {
 protected:
  // The procedure of ort_reference/reference.json: the state starts as zeros [2,1,128], row i of
  // chunks.npy is the input of step i, and stateN of a step is the state of the next one.
  void expect_speech(const std::string& name, bool takes_rate) const {
    const std::string folder = file("onnx-silero-vad/ort_reference/");
    const Tensor chunks = npy(folder + "chunks.npy");
    const Tensor probability = npy(folder + name + "_prob.npy");
    const Tensor last_state = npy(folder + name + "_final_state.npy");
    ASSERT_TRUE(chunks.defined() && probability.defined() && last_state.defined());
    for (const bool optimize : {true, false}) {
      SCOPED_TRACE(optimize ? "optimised" : "as it is");
      Result<Session> session =
          Session::load(file("onnx-silero-vad/" + name + ".onnx"), {.optimize = optimize});
      ASSERT_TRUE(session.ok()) << session.status().to_string();
      NamedTensors inputs{{"state", *Tensor::zeros(DType::kF32, {2, 1, 128})}};
      if (takes_rate) inputs["sr"] = Tensor::scalar<std::int64_t>(16000);
      std::vector<double> got;
      for (std::int64_t step = 0; step < chunks.dim(0); ++step) {
        inputs["input"] =
            *chunks.slice(step, step + 1)->reshape({1, chunks.shape().elements(1, chunks.rank())});
        NamedTensors outputs = run_by_name(*session, inputs);
        ASSERT_TRUE(outputs["output"].defined() && outputs["stateN"].defined());
        got.push_back(values_of(outputs["output"])[0]);
        inputs["state"] = outputs["stateN"];
      }
      expect_close(f32(probability.shape(), got), probability, kReferenceTolerance, "output");
      expect_close(inputs["state"], last_state, kReferenceTolerance, "stateN of the last step");
    }
  }
};

TEST_F(SileroVad, WithBothRates) { expect_speech("silero_vad", true); }
TEST_F(SileroVad, At16kHz) { expect_speech("silero_vad_16k_op15", true); }
TEST_F(SileroVad, InHalfPrecision) { expect_speech("silero_vad_half", false); }

TEST_F(RealModels, BasicPitch) {
  expect_reference("multi-basic-pitch/nmp.onnx", "multi-basic-pitch/ort_reference/nmp");
}

}  // namespace
}  // namespace tern::testing
