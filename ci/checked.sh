#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tests with every assertion on: level 3 walks whole structures and checks lock ranks.
set -eu
cd "$(dirname "$0")/.."
sh ci/build.sh checked
exec sh ci/test.sh checked -LE "packaging|tools|stress"
