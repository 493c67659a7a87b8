#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-tidy 19 on the library's sources and, through them, its headers: ci/tidy.sh [file.cc...]
set -eu
cd "$(dirname "$0")/.."
cmake --preset clang >/dev/null </dev/null
[ $# -gt 0 ] || set -- '/src/.*\.cc$'
exec run-clang-tidy-19 -quiet -p build/clang -j "${JOBS:-$(nproc)}" "$@" </dev/null
