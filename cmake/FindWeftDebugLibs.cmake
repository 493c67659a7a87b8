# SPDX-License-Identifier: Apache-2.0
# FindWeftDebugLibs: what WEFT_DEBUG_SERVER needs: cpp-httplib, protozero and zlib.
#
# Sets WeftDebugLibs_FOUND, WeftDebugLibs_INCLUDE_DIRS, WeftDebugLibs_DEFINITIONS (those that
# cpp-httplib was compiled with), WeftDebugLibs_LIBRARIES (for CMake) and WeftDebugLibs_LINK_LINE
# (the same for weft.pc). Libraries are given by name, so that an installed weft carries no path of the
# machine it was built on, and only as far as a program needs them: one that does not serve has no
# dependency more.

find_path(HttpLib_INCLUDE_DIR httplib.h)
find_path(Protozero_INCLUDE_DIR protozero/pbf_builder.hpp)
find_path(Zlib_INCLUDE_DIR zlib.h)
find_library(Zlib_LIBRARY z)
# Debian splits cpp-httplib into header and library; upstream it is a header alone.
find_library(HttpLib_LIBRARY cpp-httplib)
mark_as_advanced(HttpLib_INCLUDE_DIR Protozero_INCLUDE_DIR Zlib_INCLUDE_DIR Zlib_LIBRARY HttpLib_LIBRARY)

set(_missing "")
foreach(_pair "HttpLib_INCLUDE_DIR=libcpp-httplib-dev" "Protozero_INCLUDE_DIR=libprotozero-dev"
              "Zlib_INCLUDE_DIR=zlib1g-dev" "Zlib_LIBRARY=zlib1g-dev")
  string(REGEX MATCH "^([^=]*)=(.*)$" _unused "${_pair}")
  if(NOT ${CMAKE_MATCH_1})
    list(APPEND _missing ${CMAKE_MATCH_2})
  endif()
endforeach()
list(REMOVE_DUPLICATES _missing)
list(JOIN _missing " " _missing)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  WeftDebugLibs
  REQUIRED_VARS HttpLib_INCLUDE_DIR Protozero_INCLUDE_DIR Zlib_INCLUDE_DIR Zlib_LIBRARY
  REASON_FAILURE_MESSAGE
    "on Debian: apt-get install ${_missing} (or build without the debug server: -DWEFT_DEBUG_SERVER=OFF)")

set(WeftDebugLibs_INCLUDE_DIRS ${HttpLib_INCLUDE_DIR} ${Protozero_INCLUDE_DIR} ${Zlib_INCLUDE_DIR})
list(REMOVE_DUPLICATES WeftDebugLibs_INCLUDE_DIRS)
set(WeftDebugLibs_DEFINITIONS "")
set(_names -lz)
if(HttpLib_LIBRARY)
  list(PREPEND _names -lcpp-httplib)
  # The layout of its classes depends on these.
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(WeftHttpLib QUIET cpp-httplib)
    foreach(_flag IN LISTS WeftHttpLib_CFLAGS_OTHER)
      if(_flag MATCHES "^-D(.*)$")
        list(APPEND WeftDebugLibs_DEFINITIONS ${CMAKE_MATCH_1})
      endif()
    endforeach()
  endif()
endif()
list(JOIN _names " " _names)
set(WeftDebugLibs_LINK_LINE "-Wl,--push-state,--as-needed ${_names} -Wl,--pop-state")
string(REPLACE " " ";" WeftDebugLibs_LIBRARIES "${WeftDebugLibs_LINK_LINE}")
unset(_missing)
unset(_names)
unset(_pair)
unset(_flag)
unset(_unused)
