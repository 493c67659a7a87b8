#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-tidy 19 on the library's sources and, through them, its headers: ci/tidy.sh [file.cc...]
set -eu
cd "$(dirname "$0")/.."
cmake --preset clang >/dev/null </dev/null
python3 tools/tidy_commands.py build/clang build/clang/tidy
[ $# -gt 0 ] || set -- '/src/.*\.cc$'
exec run-clang-tidy-19 -quiet -p build/clang/tidy -j "${JOBS:-$(nproc)}" "$@" </dev/null
