// SPDX-License-Identifier: Apache-2.0
// uses_weft.cc: compiled for weft::weft, its interface says nothing of that.
#include <weft/mutex.h>

int locked_sum(int a, int b) {
  static weft::mutex lock;
  lock.lock();
  int sum = a + b;
  lock.unlock();
  return sum;
}
