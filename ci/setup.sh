#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages a task needs: sh ci/setup.sh [demo|test|bench|race|ci]
# POSIX sh and apt are enough to start from. With everything installed it runs no apt at all.
set -eu

profile=${1:-test}

base="g++ cmake ninja-build ccache make git python3 pkg-config libgtest-dev libgmock-dev libssl-dev
  libcpp-httplib-dev libprotozero-dev zlib1g-dev"
test="gdb"
bench="libbenchmark-dev libboost-fiber-dev libboost-context-dev libtbb-dev"
race="clang-19 libclang-rt-19-dev llvm-19" # llvm-19: the names in reports
ci="clang-format-19 clang-tidy-19 qemu-user g++-aarch64-linux-gnu codespell chromium"

case $profile in
  demo) packages=$base ;;
  test) packages="$base $test" ;;
  bench) packages="$base $bench" ;;
  race) packages="$base $race" ;;
  ci) packages="$base $test $bench $race $ci" ;;
  *)
    echo "setup.sh: unknown profile '$profile'; use demo, test, bench, race or ci" >&2
    exit 2
    ;;
esac
case $profile in
  bench | ci) command -v go >/dev/null 2>&1 || packages="$packages golang-go" ;;
esac

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=""
for package in $packages; do
  installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "setup.sh: no apt-get here; install by hand:$missing" >&2
  exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "setup.sh: run as root, or install sudo; missing:$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

echo "setup.sh: installing$missing"
install_missing() {
  # shellcheck disable=SC2086  # the list is meant to be split
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends $missing </dev/null
}
# The lists may be old or absent: fetch them once, then once more if the install still fails.
$as_root apt-get update -q </dev/null || echo "setup.sh: apt-get update failed, trying with the old lists" >&2
if ! install_missing; then
  $as_root apt-get update -q </dev/null
  install_missing
fi
