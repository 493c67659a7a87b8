// SPDX-License-Identifier: Apache-2.0
// group.cc: the end of one, and of all.                                               Floor 5.

#include <weft/group.h>

#include <mutex>

namespace weft::inline WEFT_WORLD {
namespace {

std::error_code code_of(const std::exception_ptr& e) noexcept {
  try {
    std::rethrow_exception(e);
  } catch (const std::system_error& failure) {
    return failure.code();
  } catch (...) {
    return errc::canceled;
  }
}

}  // namespace

group::~group() {
  made_.second();
  running_.wait();
}

void group::set_limit(std::size_t n) {
  if (limited_ && slots_.size() != 0)
    throw panic("errgroup: modify limit while goroutines in the group are still active");
  slots_ = make_chan<void>(n);
  limited_ = true;
}

void group::end_one() noexcept {
  if (limited_) slots_.recv();
  running_.done();
}

void group::fail(const std::exception_ptr& e) noexcept {
  {
    std::scoped_lock hold(lock_);
    if (first_ != nullptr) return;
    first_ = e;
  }
  made_.second(code_of(e));
}

void group::finish() {
  made_.second();
  std::exception_ptr e;
  {
    std::scoped_lock hold(lock_);
    e = first_;
  }
  if (e != nullptr) std::rethrow_exception(e);
}

void group::wait() {
  running_.wait();
  finish();
}

std::error_code group::wait(const context& ctx) {
  if (std::error_code e = running_.wait(ctx)) return e;
  finish();
  return {};
}

}  // namespace weft::inline WEFT_WORLD
