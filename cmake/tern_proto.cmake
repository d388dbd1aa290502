# tern_proto(NAME <name> FILE <file.proto> [FULL])
# A module tern::<name> of protoc's C++ for one schema in proto/; includers write
# "proto/<file>.pb.h". The messages use protobuf's lite runtime (the schema says so as well), or, FULL,
# the one with descriptors and the text form.
find_package(Protobuf REQUIRED)

function(tern_proto)
  cmake_parse_arguments(ARG "FULL" "NAME;FILE" "" ${ARGN})
  set(runtime protobuf::libprotobuf-lite)
  if(ARG_FULL)
    set(runtime protobuf::libprotobuf)
  endif()
  set(generated ${PROJECT_BINARY_DIR}/generated)
  string(REGEX REPLACE "\\.proto$" "" stem ${ARG_FILE})
  set(output ${generated}/proto/${stem}.pb)
  file(MAKE_DIRECTORY ${generated}/proto)
  add_custom_command(
    OUTPUT ${output}.cc ${output}.h
    COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR} --cpp_out=${generated}
            proto/${ARG_FILE}
    DEPENDS ${PROJECT_SOURCE_DIR}/proto/${ARG_FILE}
    COMMENT "protoc proto/${ARG_FILE}"
    VERBATIM)
  tern_module(NAME ${ARG_NAME} SOURCES ${output}.cc ${output}.h DEPS ${runtime})
  # System headers: protoc's code is not held to this project's warnings.
  target_include_directories(tern_${ARG_NAME} SYSTEM PUBLIC $<BUILD_INTERFACE:${generated}>)
  target_compile_options(tern_${ARG_NAME} PRIVATE -w)
endfunction()
