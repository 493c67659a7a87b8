#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tests under AddressSanitizer and UndefinedBehaviorSanitizer: ci/asan.sh [asan|clang-asan]
set -eu
cd "$(dirname "$0")/.."
preset=${1:-asan}
sh ci/build.sh "$preset"
# Stress takes long when instrumented and has its own full run in the other presets.
UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS:-} \
  exec sh ci/test.sh "$preset" -LE "packaging|tools|compile_fail"
