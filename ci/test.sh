#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of a preset that is built already: ci/test.sh [preset] [ctest argument...]
set -eu
cd "$(dirname "$0")/.."
preset=${1:-dev}
[ $# -eq 0 ] || shift
exec ctest --preset "$preset" -j "${JOBS:-$(nproc)}" "$@" </dev/null
