// SPDX-License-Identifier: Apache-2.0
// other_build.cc: compiled for weft::weft, to be linked to a program of weft::check: an error.
#include <weft/chan.h>

int first_of(const weft::chan<int>& numbers) { return numbers.recv().value_or(0); }
