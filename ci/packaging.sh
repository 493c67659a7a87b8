#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Consumes weft in every supported way; the same cases that ctest runs under the label packaging.
set -eu
cd "$(dirname "$0")/.."
sh ci/build.sh dev weft
exec sh ci/test.sh dev -L packaging
