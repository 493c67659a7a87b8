#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Configures and builds one preset: ci/build.sh [preset] [target...]
set -eu
cd "$(dirname "$0")/.."
preset=${1:-dev}
[ $# -eq 0 ] || shift
jobs=${JOBS:-$(nproc)}

# A quiet configure: its text is shown only when it fails.
log=build/$preset.configure.log
mkdir -p build
if ! cmake --preset "$preset" >"$log" 2>&1 </dev/null; then
  cat "$log" >&2
  exit 1
fi
if [ $# -gt 0 ]; then
  exec cmake --build --preset "$preset" -j "$jobs" --target "$@"
fi
exec cmake --build --preset "$preset" -j "$jobs"
