#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Uses weft as a stranger's project does: run.sh CASE
#   install            installs the build tree BUILD; find_package and pkg_config use the result
#   find_package       CMake, from the installed tree, moved to another place first
#   pkg_config         one plain compiler line
#   add_subdirectory   weft's sources inside the consumer's build
#   fetch_content      CMake's FetchContent, without the debug server
#   check              weft::check, from the installed tree; mixed with weft::weft it does not link
#   race               weft::race, built with clang without the debug server, installed and used by
#                      find_package
#   shared             libweft.so, built, installed and used by find_package and pkg-config
# Set in the environment: SOURCE, BUILD, WORK (scratch folder), CXX, VERSION; LAUNCHER is optional.
set -eu

fail() {
  echo "packaging: $*" >&2
  exit 1
}

# The answer must be right, not only the exit status.
expect_sum() {
  output=$("$@") || fail "$* failed: $output"
  [ "$output" = "weft $VERSION: sum 36" ] || fail "$* printed: $output"
  echo "$output"
}

# configure_and_run PROJECT FOLDER [cmake argument...]
configure_and_run() {
  project=$1 folder=$2
  shift 2
  rm -rf "$folder"
  cmake -S "$here/$project" -B "$folder" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="${LAUNCHER:-}" "$@" >"$folder.log" 2>&1 ||
    { cat "$folder.log"; fail "$project does not configure"; }
  cmake --build "$folder" >"$folder.log" 2>&1 ||
    { cat "$folder.log"; fail "$project does not build"; }
  expect_sum "$folder/consumer"
}

# build_and_install NAME [cmake argument...]: weft, into $WORK/NAME_prefix.<compiler>, which $prefix
# names from then on.
build_and_install() {
  build=$WORK/$1_build.$name prefix=$WORK/$1_prefix.$name
  what=$1
  shift
  rm -rf "$build" "$prefix"
  # Not optimised: it is packaging that is tested, and such builds have users too.
  cmake -S "$SOURCE" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DWEFT_BUILD_CHECK=OFF \
    -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_CXX_COMPILER_LAUNCHER="${LAUNCHER:-}" -DCMAKE_INSTALL_PREFIX="$prefix" "$@" \
    >"$build.log" 2>&1 || { cat "$build.log"; fail "the $what build does not configure"; }
  cmake --build "$build" >"$build.log" 2>&1 ||
    { cat "$build.log"; fail "the $what build does not build"; }
  cmake --install "$build" >/dev/null
}

# expect_race STATUS LOG PROGRAM: told to race, it ends with that status.
expect_race() {
  status=0
  "$3" racy >"$2" 2>&1 || status=$?
  [ "$status" -eq "$1" ] || { cat "$2"; fail "a race ends with status $status"; }
}

# pc PREFIX OPTION... [weft-check]: what pkg-config says, whatever the name of the library folder.
pc() {
  prefix=$1
  shift
  case $* in
    *weft-check) ;;
    *) set -- "$@" weft ;;
  esac
  PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name weft.pc)") pkg-config "$@"
}

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$WORK"
name=$(basename "$CXX")

case $1 in
  install)
    rm -rf "$WORK/first" "$WORK/prefix"
    cmake --install "$BUILD" --prefix "$WORK/first" >/dev/null
    # Moved, so that a path of the first place in any file would show.
    mv "$WORK/first" "$WORK/prefix"
    if grep -rlF "$WORK/first" "$WORK/prefix/lib"*/cmake "$WORK/prefix/lib"*/pkgconfig; then
      fail "these files name the place of installation"
    fi
    if grep -rlF -e "$SOURCE" -e "$BUILD" "$WORK/prefix/lib"*/cmake "$WORK/prefix/lib"*/pkgconfig; then
      fail "these files name the source or build tree"
    fi
    ;;
  find_package)
    configure_and_run find_package "$WORK/find_package.$name" \
      -DCMAKE_PREFIX_PATH="$WORK/prefix" -DWEFT_EXPECTED_VERSION="$VERSION"
    ;;
  check)
    folder=$WORK/check.$name
    configure_and_run find_package "$folder" \
      -DCMAKE_PREFIX_PATH="$WORK/prefix" -DWEFT_EXPECTED_VERSION="$VERSION" -DWITH_CHECK=ON
    expect_sum "$folder/consumer_check"
    # A race is found, named, and ends the program.
    expect_race 2 "$folder.log" "$folder/consumer_check"
    grep -q "bytes by g2" "$folder.log" || { cat "$folder.log"; fail "the race is not described"; }
    grep -q "main.cc:[0-9]" "$folder.log" || { cat "$folder.log"; fail "the race has no place"; }
    # Objects of two builds: a link error whose symbol says which builds they are.
    if cmake --build "$folder" --target consumer_mixed >"$folder.log" 2>&1; then
      fail "objects of weft::weft and weft::check link"
    fi
    grep "undefined reference" "$folder.log" | grep -q "first_of(weft::in_check::chan<int> const&)" ||
      { cat "$folder.log"; fail "the link error does not name the build"; }
    # Both libraries.
    if cmake --build "$folder" --target consumer_both >"$folder.log" 2>&1; then
      fail "weft::weft and weft::check link into one program"
    fi
    grep -q "multiple definition of .*weft::both_weft_and_weft_check_are_linked" "$folder.log" ||
      grep -q "duplicate symbol: weft::both_weft_and_weft_check_are_linked" "$folder.log" ||
      { cat "$folder.log"; fail "the link error does not say that both are linked"; }
    # Without CMake, in two steps.
    # shellcheck disable=SC2046  # the flags are meant to be split
    "$CXX" -std=c++20 $(pc "$WORK/prefix" --cflags weft-check) -c "$here/checked.cc" \
      -o "$folder.o"
    # shellcheck disable=SC2046
    "$CXX" "$folder.o" -o "$folder.by_pc" $(pc "$WORK/prefix" --libs weft-check)
    expect_race 1 "$folder.log" "$folder.by_pc"
    # Not compiled, or not linked, as the target says: told at once.
    flags="-std=c++20 -g -DWEFT_CHECK=1 -I$WORK/prefix/include"
    source=$here/checked.cc
    # shellcheck disable=SC2086  # the flags are meant to be split
    if "$CXX" $flags -fsyntax-only "$source" >"$folder.log" 2>&1; then
      fail "check.h compiles without -fsanitize=thread"
    fi
    grep -q "compile with -fsanitize=thread" "$folder.log" || { cat "$folder.log"; fail "it is not said"; }
    # That clang's runtime does not even link is as good.
    # shellcheck disable=SC2046,SC2086
    if "$CXX" $flags -fsanitize=thread "$source" -o "$folder.blind" \
      "$(find "$WORK/prefix" -name libweft_check.a)" $(pc "$WORK/prefix" --libs) 2>/dev/null; then
      if "$folder.blind" >"$folder.log"; then fail "a program that sees nothing finds no race"; fi
      grep -q "compile with it, but link without it" "$folder.log" ||
        { cat "$folder.log"; fail "it is not said why"; }
    fi
    ;;
  pkg_config)
    [ "$(pc "$WORK/prefix" --modversion)" = "$VERSION" ] || fail "weft.pc has another version"
    # shellcheck disable=SC2046  # the flags are meant to be split
    "$CXX" -std=c++20 -O2 "$here/main.cc" -o "$WORK/pkg_config.$name" \
      $(pc "$WORK/prefix" --cflags --libs)
    expect_sum "$WORK/pkg_config.$name"
    ;;
  add_subdirectory)
    configure_and_run "$1" "$WORK/$1.$name" -DWEFT_SOURCE_DIR="$SOURCE"
    ;;
  fetch_content)
    configure_and_run "$1" "$WORK/$1.$name" -DWEFT_SOURCE_DIR="$SOURCE" -DWEFT_DEBUG_SERVER=OFF
    ;;
  shared)
    build_and_install shared -DBUILD_SHARED_LIBS=ON
    library=$(find "$prefix" -name libweft.so)
    [ -n "$library" ] || fail "no libweft.so is installed"
    if nm -D --defined-only "$library" | grep -q ' backtrace_create_state$'; then
      fail "libweft.so exports libbacktrace"
    fi
    configure_and_run find_package "$WORK/shared.$name" \
      -DCMAKE_PREFIX_PATH="$prefix" -DWEFT_EXPECTED_VERSION="$VERSION"
    # shellcheck disable=SC2046
    "$CXX" -std=c++20 -O2 "$here/main.cc" -o "$WORK/shared_pkg_config.$name" \
      $(pc "$prefix" --cflags --libs)
    expect_sum env LD_LIBRARY_PATH="$(dirname "$library")" "$WORK/shared_pkg_config.$name"
    ;;
  race)
    build_and_install race -DWEFT_DEBUG_SERVER=OFF
    configure_and_run find_package "$WORK/race.$name" \
      -DCMAKE_PREFIX_PATH="$prefix" -DWEFT_EXPECTED_VERSION="$VERSION" -DWITH_RACE=ON
    expect_sum "$WORK/race.$name/consumer_race"
    expect_race 66 "$WORK/race.log" "$WORK/race.$name/consumer_race"
    grep -q "Found [0-9]* data race" "$WORK/race.log" || fail "a race is not counted"
    ;;
  *) fail "no case called $1" ;;
esac
