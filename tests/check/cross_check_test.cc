// SPDX-License-Identifier: Apache-2.0
// cross_check_test.cc: the reduced search against every schedule, on random programs.
//
// For each program the two searches must see the same results, the same verdicts and the same
// number of behaviours.

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/panic.h>
#include <weft/select.h>
#include <weft/shared_mutex.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace {

namespace check = weft::check;

enum class op {
  load,
  store,
  add,
  swap,
  lock,
  unlock,
  try_lock,
  send,
  recv,
  try_send,
  try_recv,
  close,
  select_recv,
  select_mixed,
  select_else,
  size,
  lock_shared,
  unlock_shared,
  write_lock,
  write_unlock,
  done,
  wait,
  k_count
};

struct instruction {
  op what;
  int object;
  int value;
};
using program = std::vector<std::vector<instruction>>;

// Everything a program can use; two of each.
struct world {
  weft::atomic<int> words[2];
  weft::mutex locks[2];
  weft::shared_mutex shared[1];
  weft::chan<int> channels[2];
  weft::wait_group group;
  std::vector<std::string> seen;
};

void run(world& w, std::size_t me, const instruction& i) {
  std::string& seen = w.seen[me];
  auto note = [&](int v) { seen += std::to_string(v) + ' '; };
  weft::atomic<int>& word = w.words[i.object];
  const weft::chan<int>& c = w.channels[i.object];
  const weft::chan<int>& d = w.channels[1 - i.object];
  auto received = [&](std::optional<int> v) { note(v ? *v : -1); };
  switch (i.what) {
    case op::load:
      note(word.load());
      break;
    case op::store:
      word.store(i.value);
      break;
    case op::add:
      note(word.fetch_add(i.value));
      break;
    case op::swap: {
      int expected = 0;
      note(word.compare_exchange(expected, i.value) ? 1 : 0);
      break;
    }
    case op::lock:
      w.locks[i.object].lock();
      break;
    case op::unlock:
      w.locks[i.object].unlock();
      break;
    case op::try_lock:
      if (w.locks[i.object].try_lock()) {
        note(1);
        w.locks[i.object].unlock();
      } else {
        note(0);
      }
      break;
    case op::send:
      c.send(i.value);
      break;
    case op::recv:
      received(c.recv());
      break;
    case op::try_send:
      note(c.try_send(i.value) ? 1 : 0);
      break;
    case op::try_recv:
      received(c.try_recv());
      break;
    case op::close:
      c.close();
      break;
    case op::select_recv:
      note(static_cast<int>(weft::select(weft::on_recv(c, received), weft::on_recv(d, received))));
      break;
    case op::select_mixed:
      note(static_cast<int>(weft::select(weft::on_recv(c, received), weft::on_send(d, i.value))));
      break;
    case op::select_else:
      note(static_cast<int>(weft::select(weft::on_recv(c, received), weft::on_recv(d, received),
                                         weft::otherwise([] {}))));
      break;
    case op::size:
      note(static_cast<int>(c.size()));
      break;
    case op::lock_shared:
      w.shared[0].lock_shared();
      break;
    case op::unlock_shared:
      w.shared[0].unlock_shared();
      break;
    case op::write_lock:
      w.shared[0].lock();
      break;
    case op::write_unlock:
      w.shared[0].unlock();
      break;
    case op::done:
      w.group.done();
      break;
    case op::wait:
      w.group.wait();
      break;
    case op::k_count:
      break;
  }
}

program make_program(std::mt19937& random, int family) {
  // What goes well together; the last takes anything.
  static const std::vector<std::vector<op>> k_families = {
      {op::load, op::store, op::add, op::swap},
      {op::lock, op::try_lock, op::load, op::store},
      {op::send, op::recv, op::size, op::close},
      {op::send, op::recv, op::try_send, op::try_recv},
      {op::send, op::recv, op::select_recv, op::select_mixed},
      {op::send, op::recv, op::select_else, op::select_recv, op::close},
      {op::lock_shared, op::write_lock, op::load, op::store},
      {op::done, op::wait, op::store, op::load},
      {op::load, op::store, op::lock, op::send, op::recv, op::select_recv, op::select_else,
       op::try_recv, op::lock_shared, op::write_lock, op::close, op::done, op::wait},
  };
  const std::vector<op>& ops = k_families[static_cast<std::size_t>(family) % k_families.size()];
  auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  program p(2 + below(2));
  std::size_t left = 7;
  for (auto& g : p) {
    std::size_t n = 1 + below(3);
    for (std::size_t i = 0; i < n && left > 0; ++i, --left) {
      instruction in{ops[below(ops.size())], static_cast<int>(below(2)),
                     1 + static_cast<int>(below(2))};
      g.push_back(in);
      // What is taken is given back, at once or at the end.
      if (in.what == op::lock) g.push_back({op::unlock, in.object, 0});
      if (in.what == op::lock_shared) g.push_back({op::unlock_shared, 0, 0});
      if (in.what == op::write_lock) g.push_back({op::write_unlock, 0, 0});
      bool pair = g.size() >= 2 && below(2) == 0;
      if (pair && g.back().what == op::unlock && i + 1 < n) {
        instruction inner{op::store, static_cast<int>(below(2)), 3};
        g.insert(g.end() - 1, inner);
      }
    }
  }
  return p;
}

struct seen {
  std::set<std::string> results;
  std::uint64_t behaviours = 0;
  std::uint64_t executions = 0;
  std::uint64_t pruned = 0;
  bool deadlock = false;
  bool leak = false;
  bool complete = false;
};

// Whose done() is one too many is not told apart: none is.
int dones(const program& p) {
  int n = 0;
  for (const auto& g : p)
    for (const instruction& i : g) n += i.what == op::done ? 1 : 0;
  return n;
}

seen search(const program& p, int capacity, bool reduce, std::string& trouble) {
  seen s;
  std::shared_ptr<world> last;
  auto keep = [&] {
    if (last == nullptr) return;
    std::string all;
    for (const std::string& g : last->seen) all += g + '|';
    s.results.insert(all);
    last = nullptr;
  };
  check::report r = check::explore(
      [&] {
        keep();
        auto w = std::make_shared<world>();
        last = w;
        w->channels[0] = weft::make_chan<int>(capacity);
        w->channels[1] = weft::make_chan<int>(0);
        w->seen.resize(p.size());
        w->group.add(dones(p));
        for (std::size_t g = 0; g < p.size(); ++g) {
          weft::go([w, &p, g] {
            try {
              for (const instruction& i : p[g]) run(*w, g, i);
            } catch (const weft::panic&) {
              w->seen[g] += "panic";
            }
          });
        }
      },
      {.strategy = check::exhaustive,
       .max_executions = reduce ? 20'000U : 20'000U,
       .on_race = check::ignore,
       .stop_at_failure = false,
       .reduce = reduce});
  keep();
  s.behaviours = r.behaviours;
  s.executions = r.executions;
  s.pruned = r.pruned;
  s.deadlock = !r.deadlocks.empty();
  s.leak = !r.leaks.empty();
  s.complete = r.complete;
  if (!r.failures.empty()) trouble = r.failures.front().text;
  return s;
}

std::string text_of(const program& p) {
  std::string out;
  for (const auto& g : p) {
    for (const instruction& i : g)
      out += std::to_string(static_cast<int>(i.what)) + "(" + std::to_string(i.object) + "," +
             std::to_string(i.value) + ") ";
    out += "|| ";
  }
  return out;
}

TEST(CrossCheck, TheReducedSearchSeesWhatEveryScheduleShows) {
  std::mt19937 random(977);
  constexpr int k_programs = 2000;
  int compared = 0;
  std::uint64_t reduced = 0;
  std::uint64_t behaviours = 0;
  for (int n = 0; n < k_programs; ++n) {
    program p = make_program(random, n);
    int capacity = static_cast<int>(random() % 3);
    std::string trouble;
    seen all = search(p, capacity, false, trouble);
    seen few = search(p, capacity, true, trouble);
    ASSERT_EQ(trouble, "") << text_of(p);
    if (!all.complete) continue;
    ++compared;
    reduced += few.executions;
    behaviours += few.behaviours;
    ASSERT_EQ(all.results, few.results) << n << ": " << text_of(p) << " capacity " << capacity;
    ASSERT_EQ(all.deadlock, few.deadlock) << n << ": " << text_of(p) << " capacity " << capacity;
    ASSERT_EQ(all.leak, few.leak) << n << ": " << text_of(p) << " capacity " << capacity;
    ASSERT_EQ(all.behaviours, few.behaviours)
        << n << ": " << text_of(p) << " capacity " << capacity << " executions " << all.executions
        << " and " << few.executions << ", pruned " << few.pruned;
  }
  EXPECT_GT(compared, k_programs / 2);
  RecordProperty("compared", compared);
  std::printf("%d programs, %llu executions for %llu behaviours\n", compared,
              static_cast<unsigned long long>(reduced),
              static_cast<unsigned long long>(behaviours));
}

}  // namespace
