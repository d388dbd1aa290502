// Signal processing (onnx.ai/onnx/operators): Fourier transforms, windows, mel filters. Complex
// numbers are a last axis of 2.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// (size) to 0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N), n = 0 .. size - 1, where N is the
/// size, or one less when not `periodic`.
struct BlackmanWindow {
  DType output_datatype = DType::kF32;
  bool periodic = true;
  static constexpr auto fields = Fields{Field{"output_datatype", &BlackmanWindow::output_datatype},
                                        Field{"periodic", &BlackmanWindow::periodic}};
};

/// (input [..., 1 or 2], dft_length, axis) to the discrete Fourier transform along `axis` (default
/// -2) of the input cut or filled up with zeros to dft_length; [..., 2]. `inverse` divides by the
/// length. `onesided` keeps the frequencies 0 .. length / 2; with `inverse` it takes those, and the
/// result is real: [..., 1], of length 2 (frequencies - 1) unless dft_length says otherwise.
struct DFT {
  bool inverse = false;
  bool onesided = false;
  static constexpr auto fields =
      Fields{Field{"inverse", &DFT::inverse}, Field{"onesided", &DFT::onesided}};
};

/// tern domain. Gradient of DFT: (dY, input, dft_length, axis). Only the input's shape is read.
struct DFTGrad : DFT {};

/// (size) to 25/46 - 21/46 cos(2 pi n / N); N as for BlackmanWindow.
struct HammingWindow {
  DType output_datatype = DType::kF32;
  bool periodic = true;
  static constexpr auto fields = Fields{Field{"output_datatype", &HammingWindow::output_datatype},
                                        Field{"periodic", &HammingWindow::periodic}};
};

/// (size) to 0.5 - 0.5 cos(2 pi n / N); N as for BlackmanWindow.
struct HannWindow {
  DType output_datatype = DType::kF32;
  bool periodic = true;
  static constexpr auto fields = Fields{Field{"output_datatype", &HannWindow::output_datatype},
                                        Field{"periodic", &HannWindow::periodic}};
};

/// (num_mel_bins, dft_length, sample_rate, lower_edge_hertz, upper_edge_hertz) to the matrix
/// [dft_length / 2 + 1, num_mel_bins] of triangular filters, evenly spaced on the mel scale.
struct MelWeightMatrix {
  DType output_datatype = DType::kF32;
  static constexpr auto fields =
      Fields{Field{"output_datatype", &MelWeightMatrix::output_datatype}};
};

/// (signal [B, L] or [B, L, 1 or 2], frame_step, window, frame_length) to the Fourier transforms
/// [B, frames, frequencies, 2] of frames of the signal, each multiplied with the window. The
/// frame's length is the window's where it is left out.
struct STFT {
  bool onesided = true;
  static constexpr auto fields = Fields{Field{"onesided", &STFT::onesided}};
};

/// tern domain. Gradients of STFT: (dY, signal, frame_step, window, frame_length) to those of the
/// signal and of the window.
struct STFTGrad : STFT {};

}  // namespace tern::ops
