// What machine this is and whether tern is at home on it.
#pragma once

#include <string>

namespace tern::inspect {

struct DoctorReport {
  std::string version;
  std::string processor;
  int cores = 0;
  std::string best_isa;        // what the processor has
  std::string active_isa;      // what tern uses, after TERN_MAX_ISA
  std::string bf16_unit;       // what multiplies bf16 faster than f32, after TERN_MAX_ISA; "none"
  double memory_gb = 0;        // of the machine, in 2^30 bytes
  double gemm_gflops_1 = 0;    // measured: f32 matrix product on one thread
  double gemm_gflops_all = 0;  // on all cores
  double fork_join_us = 0;     // measured: an empty job on all cores
};

/// Takes about a second: the last three are measured.
DoctorReport examine();

std::string to_text(const DoctorReport& report);
std::string to_json(const DoctorReport& report);

}  // namespace tern::inspect
