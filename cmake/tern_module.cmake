# Warnings, sanitizers and include paths of every target of the project.
add_library(tern_flags INTERFACE)
target_compile_options(tern_flags INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
target_include_directories(tern_flags INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
if(TERN_SANITIZE)
  target_compile_options(tern_flags INTERFACE -fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(tern_flags INTERFACE -fsanitize=${TERN_SANITIZE})
endif()

# tern_module(NAME <name> SOURCES <file>... [DEPS <target>...] [PRIVATE_DEPS <target>...])
# One static library per folder of src/, with the alias tern::<name>. DEPS are seen by includers,
# PRIVATE_DEPS (third-party libraries that live in this module alone) are only linked.
function(tern_module)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  string(REPLACE "/" "_" target "tern_${ARG_NAME}")
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(tern::${ARG_NAME} ALIAS ${target})
  target_link_libraries(${target} PUBLIC tern_flags ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

# tern_test(NAME <name> SOURCES <file>... [DEPS <target>...] [LABELS <label>...])
# One GoogleTest binary per module; every TEST is a ctest case with the labels (default: unit).
function(tern_test)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${ARG_NAME}_test ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME}_test PRIVATE tern_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_include_directories(${ARG_NAME}_test PRIVATE ${PROJECT_SOURCE_DIR})
  set_target_properties(${ARG_NAME}_test PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME}_test)
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS "${ARG_LABELS}")
endfunction()
