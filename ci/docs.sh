#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Documentation: every code block is a compiled file, links resolve, doc comments keep their order.
set -eu
cd "$(dirname "$0")/.."
exec python3 tools/check_docs.py "$@"
