# SPDX-License-Identifier: Apache-2.0
# Flags of the library itself, warnings for everything in this tree, sanitizers.
include(CheckCXXCompilerFlag)

# What the runtime's own code needs to be right, in every build and for every consumer.
function(weft_compile_flags target)
  # Frame pointers: a goroutine's stack is walked through them when it is dumped.
  set(flags -fno-omit-frame-pointer)
  # Stack clash protection: no frame may step over a goroutine's guard page.
  check_cxx_compiler_flag(-fstack-clash-protection WEFT_HAS_STACK_CLASH_PROTECTION)
  if(WEFT_HAS_STACK_CLASH_PROTECTION)
    list(APPEND flags -fstack-clash-protection)
  endif()
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${flags}>")
endfunction()

# Call it on every target of this tree. Outside developer mode it does nothing, so that a newer
# compiler's new warning never breaks a consumer.
function(weft_warnings target)
  if(NOT WEFT_DEV_MODE)
    return()
  endif()
  set(flags
      -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wnon-virtual-dtor -Wcast-align
      -Woverloaded-virtual -Wformat=2 -Wundef -Wvla)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND flags -Wduplicated-cond -Wlogical-op)
    # g++ 12 sees an overlapping copy in "text" + std::string at -O3: GCC bug 105651, fixed in 13.
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      list(APPEND flags -Wno-restrict)
    endif()
    # g++ 12 sees uninitialised reads in libstdc++ once sanitizers change the inlining.
    if(WEFT_SANITIZE)
      list(APPEND flags -Wno-maybe-uninitialized)
    endif()
  endif()
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${flags}>")
endfunction()

# PUBLIC inside this build, so that whatever links weft is instrumented as weft is.
function(weft_sanitize target)
  if(NOT WEFT_SANITIZE)
    return()
  endif()
  set(flags "-fsanitize=${WEFT_SANITIZE}" -fno-sanitize-recover=all)
  target_compile_options(${target} PUBLIC "$<BUILD_INTERFACE:${flags}>")
  target_link_options(${target} PUBLIC "$<BUILD_INTERFACE:${flags}>")
endfunction()
