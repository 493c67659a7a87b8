// SPDX-License-Identifier: Apache-2.0
#pragma once
// version: the one place where it is written; CMake and weft.pc read it from here.     Floor 0.

#define WEFT_VERSION_MAJOR 0
#define WEFT_VERSION_MINOR 1
#define WEFT_VERSION_PATCH 0

// One number that compares: 0.1.0 is 100.
#define WEFT_VERSION (WEFT_VERSION_MAJOR * 10000 + WEFT_VERSION_MINOR * 100 + WEFT_VERSION_PATCH)
