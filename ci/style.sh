#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The project's own rules: floors, sizes, umbrella, pairings, docs, format, spelling.
set -eu
cd "$(dirname "$0")/.."
exec python3 tools/check_all.py "$@"
