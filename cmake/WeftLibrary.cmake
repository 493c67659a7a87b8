# SPDX-License-Identifier: Apache-2.0
# The library itself, in its builds: weft (run), weft_race and weft_check (prove).

# weft_add_library(target type [list]): the sources of src/, or those in the list of that name in
# src/CMakeLists.txt, as a library of this name.
function(weft_add_library target type)
  add_library(${target} ${type})
  set_target_properties(
    ${target}
    PROPERTIES VERSION ${PROJECT_VERSION}
               SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
               CXX_EXTENSIONS OFF
               POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(
    ${target}
    PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
    PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_compile_definitions(${target} PUBLIC WEFT_ASSERT_LEVEL=${WEFT_ASSERT_LEVEL})
  # libbacktrace is linked by name: GCC and clang both search the GCC directory that holds it, so
  # an installed weft carries no path of the machine it was built on.
  target_include_directories(${target} SYSTEM PRIVATE "${BacktraceLib_INCLUDE_DIR}")
  target_link_libraries(
    ${target}
    PUBLIC Threads::Threads
    PRIVATE ${CMAKE_DL_LIBS} ${BacktraceLib_LIBRARY})
  get_target_property(made ${target} TYPE)
  if(made STREQUAL "SHARED_LIBRARY")
    # libbacktrace is an inner matter of the library: a program may bring another copy.
    target_link_options(${target} PRIVATE "LINKER:--exclude-libs,libbacktrace.a")
  endif()
  if(WEFT_DEBUG_SERVER)
    target_include_directories(${target} SYSTEM PRIVATE ${WeftDebugLibs_INCLUDE_DIRS})
    target_compile_definitions(${target} PRIVATE ${WeftDebugLibs_DEFINITIONS})
    target_link_libraries(${target} PRIVATE ${WeftDebugLibs_LIBRARIES})
  endif()
  include("${PROJECT_SOURCE_DIR}/src/CMakeLists.txt")
  if(ARGC GREATER 2)
    set(weft_sources ${${ARGV2}})
  endif()
  list(TRANSFORM weft_sources PREPEND "${PROJECT_SOURCE_DIR}/src/")
  target_sources(${target} PRIVATE ${weft_sources} "${weft_page_source}")
  # What script.S takes in.
  set_source_files_properties(
    "${PROJECT_SOURCE_DIR}/src/debug/gdb/script.S"
    TARGET_DIRECTORY ${target}
    PROPERTIES COMPILE_OPTIONS "-I${PROJECT_SOURCE_DIR}/src/debug/gdb"
               OBJECT_DEPENDS "${PROJECT_SOURCE_DIR}/src/debug/gdb/weft.py")
  weft_compile_flags(${target})
  weft_warnings(${target})
  weft_sanitize(${target})
endfunction()

# weft_add_race_library(target): the race build. The library is not instrumented; what links it is.
# It is shared, and binds its own functions first, so that no instrumented copy of an inline
# function is taken from the program.
function(weft_add_race_library target)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15)
    message(FATAL_ERROR "weft: the race build needs clang 15 or newer; GCC's ThreadSanitizer "
                        "cannot follow more than 8128 goroutines")
  endif()
  if(WEFT_SANITIZE)
    message(FATAL_ERROR "weft: the race build brings its own sanitizer; unset WEFT_SANITIZE")
  endif()
  weft_add_library(${target} SHARED)
  include("${PROJECT_SOURCE_DIR}/src/CMakeLists.txt")
  list(TRANSFORM weft_race_sources PREPEND "${PROJECT_SOURCE_DIR}/src/")
  target_sources(${target} PRIVATE ${weft_race_sources})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME weft_race)
  target_compile_definitions(${target} PUBLIC WEFT_RACE=1)
  target_compile_options(${target} INTERFACE -fsanitize=thread -fno-omit-frame-pointer -g)
  # ThreadSanitizer looks some of the hooks up by name.
  target_link_options(${target} INTERFACE -fsanitize=thread
                      "LINKER:--export-dynamic-symbol=__tsan_on_finalize")
  target_link_options(${target} PRIVATE "LINKER:-Bsymbolic-functions" -Wl,-z,undefs)
  # What it asks of ThreadSanitizer must be part of the program.
  target_sources(
    ${target}
    INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src/race/hooks.cc>"
              "$<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${CMAKE_INSTALL_DATADIR}/weft/race_hooks.cc>")
endfunction()

# weft_add_check_library(target): the checker's build. The library is not instrumented; what links it
# is, and finds ThreadSanitizer's entry points in the library instead of in its runtime.
function(weft_add_check_library target)
  weft_add_library(${target} STATIC weft_check_sources)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME weft_check)
  target_compile_definitions(${target} PUBLIC WEFT_CHECK=1 PRIVATE WEFT_CHECK_UNWATCHED=1)
  # Compiled so, not linked so.
  target_compile_options(${target} INTERFACE -fsanitize=thread -fno-omit-frame-pointer -g)
endfunction()
