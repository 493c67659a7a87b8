#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the layout of all C++ sources with clang-format 19; ci/format.sh --fix rewrites them.
set -eu
cd "$(dirname "$0")/.."
exec python3 tools/check_format.py "$@"
