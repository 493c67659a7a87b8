# SPDX-License-Identifier: Apache-2.0
# Reads MAJOR.MINOR.PATCH out of version.h, so that the version is written in one place.
function(weft_read_version header out)
  file(READ "${header}" text)
  foreach(part MAJOR MINOR PATCH)
    if(NOT text MATCHES "#define WEFT_VERSION_${part} ([0-9]+)")
      message(FATAL_ERROR "${header}: no WEFT_VERSION_${part}")
    endif()
    list(APPEND numbers ${CMAKE_MATCH_1})
  endforeach()
  list(JOIN numbers "." version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()
