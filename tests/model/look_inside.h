// SPDX-License-Identifier: Apache-2.0
#pragma once
// look_inside: comes before all else that models are made of. weft's code in headers, which clang
// is told to leave alone elsewhere (see config.h), is here what is to be looked at.

#include <weft/detail/base/config.h>

#undef WEFT_UNINSTRUMENTED_BEGIN
#undef WEFT_UNINSTRUMENTED_END
#define WEFT_UNINSTRUMENTED_BEGIN
#define WEFT_UNINSTRUMENTED_END
