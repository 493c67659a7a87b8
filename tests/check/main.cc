// SPDX-License-Identifier: Apache-2.0
// main.cc: of the checker's tests.

#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
