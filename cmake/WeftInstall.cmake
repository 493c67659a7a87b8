# SPDX-License-Identifier: Apache-2.0
# Install rules: headers, library, weft-config.cmake (gives weft::weft), weft.pc and weft-check.pc.
include(CMakePackageConfigHelpers)

set(weft_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/weft")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/weft" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        COMPONENT weft_development FILES_MATCHING PATTERN "*.h")
set(weft_libraries weft)
if(TARGET weft_race)
  list(APPEND weft_libraries weft_race)
  set_target_properties(weft_race PROPERTIES EXPORT_NAME race)
  install(FILES "${PROJECT_SOURCE_DIR}/src/race/hooks.cc" RENAME race_hooks.cc
          DESTINATION "${CMAKE_INSTALL_DATADIR}/weft" COMPONENT weft_development)
endif()
if(TARGET weft_check)
  list(APPEND weft_libraries weft_check)
  set_target_properties(weft_check PROPERTIES EXPORT_NAME check)
endif()
install(
  TARGETS ${weft_libraries}
  EXPORT weft-targets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT weft_runtime
          NAMELINK_COMPONENT weft_development
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT weft_development)
install(EXPORT weft-targets NAMESPACE weft:: DESTINATION "${weft_cmake_dir}"
        COMPONENT weft_development)

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/weft-config.cmake.in"
                              "${CMAKE_CURRENT_BINARY_DIR}/weft-config.cmake"
                              INSTALL_DESTINATION "${weft_cmake_dir}")
# Before 1.0 a minor release may change the API.
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/weft-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/weft-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/weft-config-version.cmake"
        DESTINATION "${weft_cmake_dir}" COMPONENT weft_development)

# weft.pc finds its prefix from its own place, so that an installed tree can be moved.
file(RELATIVE_PATH weft_pc_to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" weft_pc_to_prefix "${weft_pc_to_prefix}")
# A static archive names what it needs itself; a shared library has it linked in.
set(weft_pc_libs "-pthread")
if(NOT BUILD_SHARED_LIBS)
  string(APPEND weft_pc_libs " -lbacktrace")
  if(WEFT_DEBUG_SERVER)
    string(APPEND weft_pc_libs " ${WeftDebugLibs_LINK_LINE}")
  endif()
  foreach(library IN LISTS CMAKE_DL_LIBS)
    string(APPEND weft_pc_libs " -l${library}")
  endforeach()
endif()

function(weft_install_pc name description cflags library)
  set(weft_pc_name ${name})
  set(weft_pc_description "${description}")
  set(weft_pc_cflags "${cflags}")
  set(weft_pc_library "${library}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/weft.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/${name}.pc"
                 @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${name}.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT weft_development)
endfunction()

weft_install_pc(weft "${PROJECT_DESCRIPTION}" "-pthread" "-lweft")
if(TARGET weft_check)
  # For two steps: what is linked with these flags of the compiler, too, sees no race, and says so.
  weft_install_pc(
    weft-check "${PROJECT_DESCRIPTION}: the checker"
    "-DWEFT_CHECK=1 -fsanitize=thread -fno-omit-frame-pointer -g -pthread" "-lweft_check")
endif()
