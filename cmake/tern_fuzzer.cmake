# tern_fuzzer(NAME <name> SOURCES <file>... [DEPS <target>...] [SEEDS <folder>])
# A libFuzzer target <name>_fuzz. Under the fuzz preset (clang) it fuzzes; in every other build the
# same source replays the inputs of tests/fuzz/corpus/<name>/, seeds and past findings, and of SEEDS, as
# a unit test.
function(tern_fuzzer)
  cmake_parse_arguments(ARG "" "NAME;SEEDS" "SOURCES;DEPS" ${ARGN})
  set(target ${ARG_NAME}_fuzz)
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE tern_flags ${ARG_DEPS})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  set_property(GLOBAL APPEND PROPERTY TERN_FUZZERS ${target})
  if(TERN_SANITIZE MATCHES "fuzzer-no-link")
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME ${target}
      COMMAND ${target} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${ARG_NAME} ${ARG_SEEDS})
    set_tests_properties(${target} PROPERTIES LABELS unit)
  endif()
endfunction()
