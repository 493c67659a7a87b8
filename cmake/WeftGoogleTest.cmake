# SPDX-License-Identifier: Apache-2.0
# Makes find_package(GTest) work when cross compiling: Debian's libgtest-dev is native, but it brings
# the sources, which are then built with the cross compiler.
if(CMAKE_CROSSCOMPILING AND EXISTS /usr/src/googletest/CMakeLists.txt)
  include(FetchContent)
  set(INSTALL_GTEST OFF CACHE BOOL "" FORCE)
  FetchContent_Declare(GTest SOURCE_DIR /usr/src/googletest OVERRIDE_FIND_PACKAGE)
endif()
