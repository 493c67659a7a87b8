// SPDX-License-Identifier: Apache-2.0
// machine_host.cc: see machine_host.h.

#include "model/machine_host.h"

#include "check/engine.h"
#include "check/fine.h"

#include <algorithm>
#include <array>
#include <string>

namespace weft_model::host {
namespace {

namespace checker = weft::detail::checker;
using weft::detail::sched::op;

constexpr std::int64_t k_a_look = 20'000;
std::array<std::int64_t, 16> g_looks;

}  // namespace

unsigned thread() noexcept { return checker::engine::active()->current()->id; }

void mutex::lock() noexcept {
  checker::engine& e = *checker::engine::active();
  weft::detail::goroutine& g = *e.current();
  const checker::engine::own_work here(e);
  if (run_ != e.execution()) {
    run_ = e.execution();
    held_ = false;
    released_ = nullptr;
  }
  g.next = {.kind = checker::pending::guarded,
            .what = op::lock,
            .object = e.objects.number_of(this),
            .address = this,
            .arg = &held_,
            .ready = [](void* held) { return !*static_cast<bool*>(held); }};
  e.stand(g);
  const checker::engine::own_work still(e);
  held_ = true;
  if (released_ != nullptr) checker::learn_both(e, g, static_cast<const checker::tick*>(released_));
}

void mutex::unlock() noexcept {
  checker::engine& e = *checker::engine::active();
  weft::detail::goroutine& g = *e.current();
  g.next = {.kind = checker::pending::plain,
            .what = op::unlock,
            .object = e.objects.number_of(this),
            .address = this};
  e.stand(g);
  const checker::engine::own_work here(e);
  held_ = false;
  released_ = checker::publish_both(e, g);
}

std::int64_t now() noexcept { return k_a_look * ++g_looks[thread()]; }

void begin() noexcept { g_looks.fill(0); }

void fail(const char* text) noexcept {
  checker::engine::active()->fail(checker::outcome::failure, std::string("failed: ") + text);
}

void leave_others() noexcept {
  checker::engine& e = *checker::engine::active();
  for (std::size_t i = 0; i < e.goroutines(); ++i)
    if (&e.at(i) != e.current() && e.at(i).at == checker::stage::parked) e.abandon(e.at(i));
}

}  // namespace weft_model::host
