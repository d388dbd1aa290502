# Build options and what holds for every target.

# tern_option(NAME <help> <default>): an option that tern_print_options() shows.
macro(tern_option name help default)
  option(${name} "${help}" ${default})
  list(APPEND tern_options ${name})
endmacro()

tern_option(TERN_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
tern_option(TERN_BUILD_BENCH "Build the Google Benchmark programs" OFF)
# What an optional part needs is looked for by the module that uses it, and must be there when the
# option is on. With all of them off the engine still builds and passes its tests.
tern_option(TERN_WITH_ONEDNN "oneDNN as one more candidate for kernels (libdnnl-dev)" ON)
tern_option(TERN_WITH_BLAS "OpenBLAS and LAPACK for linear algebra (libopenblas-dev)" ON)
tern_option(TERN_WITH_IMAGE "JPEG, PNG, WebP and JPEG 2000 files: libjpeg-turbo, libpng, libwebp, libopenjp2" ON)
tern_option(TERN_WITH_TEXT "Regular expressions and letter case: RE2, ICU" ON)
tern_option(TERN_WITH_SERVE "The model server: Boost.Beast, simdjson, prometheus-cpp" ON)
tern_option(TERN_WITH_TLS "TLS for the server (libssl-dev)" ON)
tern_option(TERN_WITH_CCACHE "Compile through ccache, without precompiled headers" OFF)
set(TERN_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined")
list(APPEND tern_options TERN_SANITIZE)

function(tern_print_options)
  message(STATUS "tern ${PROJECT_VERSION}, ${CMAKE_BUILD_TYPE}, "
                 "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
  foreach(name IN LISTS tern_options)
    string(LENGTH ${name} length)
    math(EXPR padding "18 - ${length}")
    string(REPEAT " " ${padding} spaces)
    get_property(help CACHE ${name} PROPERTY HELPSTRING)
    message(STATUS "  ${name}${spaces}${${name}}\t${help}")
  endforeach()
endfunction()

if(NOT CMAKE_BUILD_TYPE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# Either ccache or precompiled headers: ccache would hash a hundred megabytes of them for every file.
if(TERN_WITH_CCACHE)
  find_program(TERN_CCACHE ccache REQUIRED)
  mark_as_advanced(TERN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TERN_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${TERN_CCACHE})
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()
