#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Cross builds for aarch64 and runs the unit tests under user-mode qemu.
set -eu
cd "$(dirname "$0")/.."
sh ci/build.sh aarch64
# qemu translates at run time and is several times slower: unit tests only.
exec sh ci/test.sh aarch64 -L unit
