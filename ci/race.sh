#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The race build: ci/race.sh runs the suite in it, and the race corpus; ci/race.sh corpus the latter
# alone; ci/race.sh core the corpus and the suite, without misuse, the examples, the tour, the code in the
# docs, and forced migration.
set -eu
cd "$(dirname "$0")/.."
case ${1:-} in
  corpus)
    sh ci/build.sh race race_corpus
    exec sh ci/test.sh race -L race_corpus
    ;;
  core)
    sh ci/build.sh race race_corpus weft_test_binaries
    exec sh ci/test.sh race -L "race_corpus|unit|contract|model|stress" -E "_migrate$"
    ;;
esac
sh ci/build.sh race
exec sh ci/test.sh race -LE "packaging|tools|compile_fail" "$@"
