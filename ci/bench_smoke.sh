#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the benchmarks and runs a few short rows: do they still run? Figures are not judged here.
set -eu
cd "$(dirname "$0")/.."
sh ci/build.sh bench
exec python3 bench/run.py --build build/bench --smoke </dev/null
