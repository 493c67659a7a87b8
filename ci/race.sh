#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The race build: ci/race.sh runs the suite in it, and the race corpus; ci/race.sh corpus the latter
# alone.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = corpus ]; then
  sh ci/build.sh race race_corpus
  exec sh ci/test.sh race -L race_corpus
fi
sh ci/build.sh race
exec sh ci/test.sh race -LE "packaging|tools|compile_fail" "$@"
