# Warnings, sanitizers and include paths of every target of the project.
add_library(tern_flags INTERFACE)
target_compile_options(tern_flags INTERFACE
  # GCC 12 sees overlapping copies in std::string + const char* that cannot be (bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers -Wno-missing-braces
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
target_include_directories(tern_flags INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
if(TERN_SANITIZE)
  target_compile_options(tern_flags INTERFACE -fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  # Their instrumentation hides from GCC that the inactive members of a std::variant are never read.
  target_compile_options(tern_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(tern_flags INTERFACE -fsanitize=${TERN_SANITIZE})
endif()

# tern_module(NAME <name> SOURCES <file>... [DEPS <target>...] [PRIVATE_DEPS <target>...]
#             [PRECOMPILE <header>... | PRECOMPILE_AS <target>])
# One static library per folder of src/; NAME serve/http makes target tern_serve_http with the alias
# tern::serve_http. DEPS are seen by includers, PRIVATE_DEPS (third-party libraries that live in
# this module alone) are only linked. Installing and exporting follow by themselves
# (tern_install.cmake). PRECOMPILE names the headers that its files spend their time in; modules
# above `ops` share those of `ops` with PRECOMPILE_AS tern_ops. A file still includes what it uses:
# the tidy preset compiles without them.
function(tern_module)
  cmake_parse_arguments(ARG "" "NAME;PRECOMPILE_AS" "SOURCES;DEPS;PRIVATE_DEPS;PRECOMPILE" ${ARGN})
  string(REPLACE "/" "_" name "${ARG_NAME}")
  set(target tern_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(tern::${name} ALIAS ${target})
  target_link_libraries(${target} PUBLIC $<BUILD_INTERFACE:tern_flags> ${ARG_DEPS}
                                  PRIVATE ${ARG_PRIVATE_DEPS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  tern_precompile(${target} "${ARG_PRECOMPILE}" "${ARG_PRECOMPILE_AS}")
  set_property(GLOBAL APPEND PROPERTY TERN_MODULES ${target})
endfunction()

function(tern_precompile target headers as)
  if(as)
    target_precompile_headers(${target} REUSE_FROM ${as})
  elseif(headers)
    target_precompile_headers(${target} PRIVATE ${headers})
  endif()
endfunction()

# tern_test(NAME <name> SOURCES <file>... [DEPS <target>...] [LABELS <label>...])
# One GoogleTest binary per module, <name>_test, and one ctest case with the labels (default: unit)
# that runs all of it. PRECOMPILE and PRECOMPILE_AS as above.
function(tern_test)
  cmake_parse_arguments(ARG "" "NAME;PRECOMPILE_AS" "SOURCES;DEPS;LABELS;PRECOMPILE" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${ARG_NAME}_test ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME}_test PRIVATE tern_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_include_directories(${ARG_NAME}_test PRIVATE ${PROJECT_SOURCE_DIR})
  tern_precompile(${ARG_NAME}_test "${ARG_PRECOMPILE}" "${ARG_PRECOMPILE_AS}")
  # What is tested is optimised; the tests themselves compile in half the time without.
  if(TERN_SANITIZE)
    target_compile_options(${ARG_NAME}_test PRIVATE -O0)
  else()
    target_compile_options(${ARG_NAME}_test PRIVATE -O1)
  endif()
  set_target_properties(${ARG_NAME}_test PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME}_test)
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS "${ARG_LABELS}")
endfunction()
