# SPDX-License-Identifier: Apache-2.0
# Every option of the build. WEFT_DEV_MODE is off for consumers; the presets switch it on.
option(WEFT_DEV_MODE "Build what a developer of weft needs; warnings are errors" OFF)
option(WEFT_BUILD_TESTS "Build the tests" ${WEFT_DEV_MODE})
option(WEFT_BUILD_EXAMPLES "Build the examples" ${WEFT_DEV_MODE})
option(WEFT_BUILD_BENCH "Build the benchmarks" ${WEFT_DEV_MODE})
option(WEFT_INSTALL "Generate the install rules" ${PROJECT_IS_TOP_LEVEL})
# Debian's packages are for the build's own machine: a cross build has no libraries to link.
set(debug_server_possible ON)
if(CMAKE_CROSSCOMPILING)
  set(debug_server_possible OFF)
endif()
option(WEFT_DEBUG_SERVER
       "debug::serve and profiles for pprof; needs cpp-httplib, protozero and zlib"
       ${debug_server_possible})
option(BUILD_SHARED_LIBS "Build weft as a shared library" OFF)

set(WEFT_ASSERT_LEVEL 1 CACHE STRING
    "0: no assertions, 1: cheap ones, 2: expensive ones, 3: whole structures are walked")
set_property(CACHE WEFT_ASSERT_LEVEL PROPERTY STRINGS 0 1 2 3)
if(NOT WEFT_ASSERT_LEVEL MATCHES "^[0-3]$")
  message(FATAL_ERROR "WEFT_ASSERT_LEVEL is ${WEFT_ASSERT_LEVEL}; it must be 0, 1, 2 or 3")
endif()

option(WEFT_RACE "weft::weft is the race build: for this tree's own tests" OFF)
set(race_possible OFF)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 15)
  set(race_possible ON)
endif()
option(WEFT_BUILD_RACE "Build weft::race too, which needs clang 15 or newer" ${race_possible})
option(WEFT_BUILD_CHECK "Build weft::check, the checker" ON)
set(WEFT_LIBRARY_TYPE STATIC)
if(BUILD_SHARED_LIBS)
  set(WEFT_LIBRARY_TYPE SHARED)
endif()

set(WEFT_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=: address,undefined or thread")

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
  endif()
  if(WEFT_DEV_MODE)
    set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
    if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
      find_program(WEFT_CCACHE ccache)
      mark_as_advanced(WEFT_CCACHE)
      if(WEFT_CCACHE)
        set(CMAKE_C_COMPILER_LAUNCHER "${WEFT_CCACHE}")
        set(CMAKE_CXX_COMPILER_LAUNCHER "${WEFT_CCACHE}")
      endif()
    endif()
  endif()
endif()
