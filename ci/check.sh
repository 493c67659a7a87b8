#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The checker's own suite: explorer counts, litmus shapes, cross-check, reports.
set -eu
cd "$(dirname "$0")/.."
preset=${1:-dev}
sh ci/build.sh "$preset" weft_check_suite
export WEFT_CHECK_LONG=1 # the longest counts, too
exec sh ci/test.sh "$preset" -L '^check$'
