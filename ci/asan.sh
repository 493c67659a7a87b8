#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tests under AddressSanitizer and UndefinedBehaviorSanitizer: ci/asan.sh [core] [asan|clang-asan]
# core: without the examples, the tour, the code in the docs, and forced migration.
set -eu
cd "$(dirname "$0")/.."
core=
if [ "${1:-}" = core ]; then
  core=1
  shift
fi
preset=${1:-asan}
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
if [ -n "$core" ]; then
  sh ci/build.sh "$preset" weft_test_binaries
  exec sh ci/test.sh "$preset" -L "unit|contract|model|misuse|stress" -E "_migrate$"
fi
sh ci/build.sh "$preset"
exec sh ci/test.sh "$preset" -LE "packaging|tools|compile_fail"
