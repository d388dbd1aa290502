# Install, export and packages. The modules that tern_module() made are exported one by one, in one
# export set per component; the umbrella tern::tern links those of the components that
# find_package(tern) is asked for. A module of a component may need modules of another component,
# and third-party libraries: both are read from what it links, so no module states them twice.
include(CMakePackageConfigHelpers)
include(tern_dependencies)

# The component of a module: its own for what an engine-only consumer can do without. Datasets
# (train/data) belong to the engine: `tern predict` reads them too.
function(tern_component_of out target)
  if(NOT target STREQUAL tern_train_data AND target MATCHES "^tern_(config|net|train|serve|edge)(_|$)")
    set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
  else()
    set(${out} engine PARENT_SCOPE)
  endif()
endfunction()

# What a consumer links because of `target`, less generator expressions that matter to the build only.
function(tern_links_of out target)
  get_target_property(links ${target} INTERFACE_LINK_LIBRARIES)
  set(names)
  foreach(link IN LISTS links)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" link "${link}")
    if(link AND NOT link MATCHES "^(\\$<BUILD_|::@|-)")
      list(APPEND names "${link}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES names)
  set(${out} "${names}" PARENT_SCOPE)
endfunction()

# Notes one link of `target`, a module of `component`, in the global properties
# TERN_REQUIRES_<component>, TERN_PACKAGES_<component> and TERN_DEBIAN_PACKAGES.
function(tern_note_link target component link)
  set(resolved ${link})
  if(TARGET ${link})
    get_target_property(aliased ${link} ALIASED_TARGET)
    if(aliased)
      set(resolved ${aliased})
    endif()
  endif()
  get_property(modules GLOBAL PROPERTY TERN_MODULES)
  if(resolved IN_LIST modules)
    tern_component_of(other ${resolved})
    set_property(GLOBAL APPEND PROPERTY TERN_REQUIRES_${component} ${other})
    return()
  endif()
  tern_find_third_party(pattern "${link}")
  if(pattern STREQUAL "")
    message(FATAL_ERROR "${target} links ${link}, which an installed tern could not find: make it a "
                        "tern_module(), or add a line to cmake/tern_dependencies.cmake")
  endif()
  get_property(find GLOBAL PROPERTY "TERN_FIND_${pattern}")
  get_property(debian GLOBAL PROPERTY "TERN_DEBIAN_${pattern}")
  if(find)
    set_property(GLOBAL APPEND PROPERTY TERN_PACKAGES_${component} "${find}")
  endif()
  separate_arguments(debian)
  set_property(GLOBAL APPEND PROPERTY TERN_DEBIAN_PACKAGES ${debian})
endfunction()

# Defines the umbrella tern::tern of all modules, for the build tree and for the install tree.
function(tern_umbrella)
  add_library(tern_all INTERFACE)
  add_library(tern::tern ALIAS tern_all)
  set_target_properties(tern_all PROPERTIES EXPORT_NAME tern)
  get_property(modules GLOBAL PROPERTY TERN_MODULES)
  foreach(module IN LISTS modules)
    tern_component_of(component ${module})
    if(component STREQUAL engine)
      target_link_libraries(tern_all INTERFACE ${module})
    else()
      target_link_libraries(tern_all INTERFACE $<BUILD_INTERFACE:${module}>)
    endif()
  endforeach()
endfunction()

# Writes the lines of ternConfig.cmake that say, per component, which components and packages it
# requires and which targets it adds to the umbrella. `order` has every component after those it
# requires.
function(tern_config_lines out order)
  set(lines "set(_tern_components ${order})\n")
  foreach(component IN LISTS order)
    foreach(kind REQUIRES PACKAGES TARGETS)
      get_property(values GLOBAL PROPERTY TERN_${kind}_${component})
      list(REMOVE_DUPLICATES values)
      list(REMOVE_ITEM values ${component})
      list(TRANSFORM values REPLACE "(.+)" "\"\\1\"")
      list(JOIN values " " values)
      string(TOLOWER ${kind} name)
      string(APPEND lines "set(_tern_${component}_${name} ${values})\n")
    endforeach()
  endforeach()
  set(${out} "${lines}" PARENT_SCOPE)
endfunction()

# Installs headers, libraries, the cmake package and the binary; called once, after all modules.
function(tern_install)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tern)
  set(components)
  get_property(modules GLOBAL PROPERTY TERN_MODULES)
  foreach(module IN LISTS modules)
    tern_component_of(component ${module})
    list(APPEND components ${component})
    tern_links_of(links ${module})
    foreach(link IN LISTS links)
      tern_note_link(${module} ${component} ${link})
    endforeach()
    get_target_property(export_name ${module} EXPORT_NAME)
    if(NOT component STREQUAL engine)
      set_property(GLOBAL APPEND PROPERTY TERN_TARGETS_${component} tern::${export_name})
    endif()
    install(TARGETS ${module} EXPORT tern_${component}
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/tern COMPONENT dev)
  endforeach()
  install(TARGETS tern_all EXPORT tern_engine)

  set(order engine config net train serve edge)
  list(REMOVE_DUPLICATES components)
  foreach(component IN LISTS order)
    if(component IN_LIST components)
      install(EXPORT tern_${component} NAMESPACE tern:: FILE tern_${component}_targets.cmake
              DESTINATION ${package_dir} COMPONENT dev)
    else()
      list(REMOVE_ITEM order ${component})
    endif()
  endforeach()

  tern_config_lines(tern_component_lines "${order}")
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/ternConfig.cmake.in
    ${PROJECT_BINARY_DIR}/ternConfig.cmake INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/ternConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/ternConfig.cmake ${PROJECT_BINARY_DIR}/ternConfigVersion.cmake
          DESTINATION ${package_dir} COMPONENT dev)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tern DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          COMPONENT dev FILES_MATCHING PATTERN "*.h")
  install(TARGETS tern RUNTIME COMPONENT runtime)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE COMPONENT runtime
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tern RENAME copyright)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE COMPONENT dev
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libtern-dev RENAME copyright)
endfunction()

# Two Debian packages, made by `cpack -G DEB` in the build folder: tern (the program) and
# libtern-dev (headers, static libraries, cmake package).
macro(tern_debian_packages)
  get_property(dev_depends GLOBAL PROPERTY TERN_DEBIAN_PACKAGES)
  list(REMOVE_DUPLICATES dev_depends)
  list(SORT dev_depends)
  list(JOIN dev_depends ", " dev_depends)
  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_NAME tern)
  set(CPACK_PACKAGE_CONTACT "The tern authors <tern@localhost>")
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_COMPONENTS_ALL runtime dev)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME tern)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION science)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_DEV_PACKAGE_NAME libtern-dev)
  set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${dev_depends}")
  set(CPACK_DEBIAN_DEV_DESCRIPTION "${PROJECT_DESCRIPTION}: headers and static libraries")
  include(CPack)
endmacro()
