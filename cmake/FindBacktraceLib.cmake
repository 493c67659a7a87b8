# SPDX-License-Identifier: Apache-2.0
# FindBacktraceLib: libbacktrace, which ships inside GCC's own directory (and in vcpkg).
#
# Sets BacktraceLib_FOUND, BacktraceLib_LIBRARY (a name or a path to link) and
# BacktraceLib_INCLUDE_DIR, which holds backtrace.h and backtrace-supported.h and nothing else:
# GCC's include directory also holds its intrinsics, which clang must not see.

# clang is asked too: it searches the directory of the GCC whose libstdc++ it uses.
set(_command "${CMAKE_CXX_COMPILER}")
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_TARGET)
  list(APPEND _command "--target=${CMAKE_CXX_COMPILER_TARGET}")
endif()
execute_process(
  COMMAND ${_command} -print-file-name=libbacktrace.a
  OUTPUT_VARIABLE _archive
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)

if(IS_ABSOLUTE "${_archive}" AND EXISTS "${_archive}")
  get_filename_component(_gcc_dir "${_archive}" DIRECTORY)
  if(EXISTS "${_gcc_dir}/include/backtrace.h")
    set(BacktraceLib_LIBRARY backtrace)
    set(BacktraceLib_INCLUDE_DIR "${CMAKE_CURRENT_BINARY_DIR}/backtrace_include")
    foreach(_header backtrace.h backtrace-supported.h)
      configure_file("${_gcc_dir}/include/${_header}" "${BacktraceLib_INCLUDE_DIR}/${_header}"
                     COPYONLY)
    endforeach()
  endif()
endif()

if(NOT BacktraceLib_LIBRARY)
  find_path(BacktraceLib_INCLUDE_DIR backtrace.h)
  find_library(BacktraceLib_LIBRARY backtrace)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  BacktraceLib
  REQUIRED_VARS BacktraceLib_LIBRARY BacktraceLib_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "it ships with GCC: on Debian install libgcc-12-dev (g++)")
unset(_command)
unset(_archive)
unset(_gcc_dir)
unset(_header)
