#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds everything with clang 19, warnings as errors, and runs the tests.
set -eu
cd "$(dirname "$0")/.."
sh ci/build.sh clang
exec sh ci/test.sh clang -LE "packaging|tools|stress"
