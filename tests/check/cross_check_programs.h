// SPDX-License-Identifier: Apache-2.0
#pragma once
// cross_check_programs: small programs over every primitive, made at random.

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/condition_variable.h>
#include <weft/context.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/once.h>
#include <weft/select.h>
#include <weft/semaphore.h>
#include <weft/shared_mutex.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cross {

struct instruction;

// Everything that a program can use; two of some.
struct world {
  weft::atomic<int> words[2];
  weft::mutex locks[2];
  weft::shared_mutex shared;
  weft::chan<int> channels[2];
  weft::wait_group group;
  weft::condition_variable changed;
  weft::once first;
  weft::semaphore permits{2};
  std::pair<weft::context, weft::cancel_function> parent = weft::with_cancel(weft::background());
  std::pair<weft::context, weft::cancel_function> child = weft::with_cancel(parent.first);
  std::shared_ptr<weft::atomic<int>> late = std::make_shared<weft::atomic<int>>(0);
  weft::timer alarm;         // with a channel
  weft::timer call;          // with a function
  weft::stop_function stop;  // of a function that runs when the parent ends
  std::vector<std::pair<weft::context, weft::cancel_function>> children;
  std::vector<std::string> seen;

  world(int capacity, std::size_t goroutines, int dones, bool timers) : seen(goroutines) {
    channels[0] = weft::make_chan<int>(capacity);
    channels[1] = weft::make_chan<int>(0);
    group.add(dones);
    if (!timers) return;
    alarm = weft::timer(std::chrono::seconds(1));
    call = weft::after_func(std::chrono::seconds(2), [w = late] { w->store(1); });
    stop = weft::after_func(parent.first, [w = late] { w->store(2); });
  }
};

// What one goroutine does it with: what it finds goes to note().
struct scene {
  world& w;
  std::string& seen;
  int object;
  int value;

  void note(int v) const { seen += std::to_string(v) + ' '; }
  void note(std::optional<int> v) const { note(v ? *v : -1); }
  void note(std::error_code e) const { note(e ? 1 : 0); }
  [[nodiscard]] weft::atomic<int>& word() const { return w.words[object]; }
  [[nodiscard]] const weft::chan<int>& mine() const { return w.channels[object]; }
  [[nodiscard]] const weft::chan<int>& other() const { return w.channels[1 - object]; }
  [[nodiscard]] weft::mutex& lock() const { return w.locks[object]; }
  [[nodiscard]] const weft::context& context() const {
    return object == 0 ? w.parent.first : w.child.first;
  }
};

struct operation {
  const char* name;
  int takes;  // of the eight that a program may have
  void (*act)(const scene&);
  bool timers = false;
};

inline const operation k_operations[] = {
    // words
    {"load", 1, [](const scene& s) { s.note(s.word().load()); }},
    {"store", 1, [](const scene& s) { s.word().store(s.value); }},
    {"add", 1, [](const scene& s) { s.note(s.word().fetch_add(s.value)); }},
    {"swap", 1,
     [](const scene& s) {
       int expected = 0;
       s.note(s.word().compare_exchange(expected, s.value) ? 1 : 0);
     }},
    // locks
    {"locked store", 2,
     [](const scene& s) {
       s.lock().lock();
       s.w.words[1 - s.object].store(s.value);
       s.lock().unlock();
     }},
    {"lock", 1,
     [](const scene& s) {
       s.lock().lock();
       s.lock().unlock();
     }},
    {"try_lock", 1,
     [](const scene& s) {
       bool got = s.lock().try_lock();
       s.note(got ? 1 : 0);
       if (got) s.lock().unlock();
     }},
    {"lock(ctx)", 1,
     [](const scene& s) {
       std::error_code e = s.w.locks[0].lock(s.context());
       s.note(e);
       if (!e) s.w.locks[0].unlock();
     }},
    {"keep", 1, [](const scene& s) { s.lock().lock(); }},
    {"lock_shared", 1,
     [](const scene& s) {
       s.w.shared.lock_shared();
       s.w.shared.unlock_shared();
     }},
    {"write lock", 1,
     [](const scene& s) {
       s.w.shared.lock();
       s.w.shared.unlock();
     }},
    {"try_lock_shared", 1,
     [](const scene& s) {
       bool got = s.w.shared.try_lock_shared();
       s.note(got ? 1 : 0);
       if (got) s.w.shared.unlock_shared();
     }},
    {"try write lock", 1,
     [](const scene& s) {
       bool got = s.w.shared.try_lock();
       s.note(got ? 1 : 0);
       if (got) s.w.shared.unlock();
     }},
    {"lock_shared(ctx)", 1,
     [](const scene& s) {
       std::error_code e = s.w.shared.lock_shared(s.context());
       s.note(e);
       if (!e) s.w.shared.unlock_shared();
     }},
    {"write lock(ctx)", 1,
     [](const scene& s) {
       std::error_code e = s.w.shared.lock(s.context());
       s.note(e);
       if (!e) s.w.shared.unlock();
     }},
    // channels
    {"send", 1, [](const scene& s) { s.mine().send(s.value); }},
    {"recv", 1, [](const scene& s) { s.note(s.mine().recv()); }},
    {"try_send", 1, [](const scene& s) { s.note(s.mine().try_send(s.value) ? 1 : 0); }},
    {"try_recv", 1, [](const scene& s) { s.note(s.mine().try_recv()); }},
    {"close", 1, [](const scene& s) { s.mine().close(); }},
    {"size", 1, [](const scene& s) { s.note(static_cast<int>(s.mine().size())); }},
    {"send(ctx)", 1, [](const scene& s) { s.note(s.w.channels[0].send(s.value, s.context())); }},
    {"recv(ctx)", 1, [](const scene& s) { s.note(s.w.channels[0].recv(s.context())); }},
    {"select recv", 1,
     [](const scene& s) {
       auto got = [&](std::optional<int> v) { s.note(v); };
       s.note(static_cast<int>(
           weft::select(weft::on_recv(s.mine(), got), weft::on_recv(s.other(), got))));
     }},
    {"select mixed", 1,
     [](const scene& s) {
       auto got = [&](std::optional<int> v) { s.note(v); };
       s.note(static_cast<int>(
           weft::select(weft::on_recv(s.mine(), got), weft::on_send(s.other(), s.value))));
     }},
    {"select else", 1,
     [](const scene& s) {
       auto got = [&](std::optional<int> v) { s.note(v); };
       s.note(static_cast<int>(weft::select(
           weft::on_recv(s.mine(), got), weft::on_recv(s.other(), got), weft::otherwise([] {}))));
     }},
    // counts
    {"done", 1, [](const scene& s) { s.w.group.done(); }},
    {"wait", 1, [](const scene& s) { s.w.group.wait(); }},
    {"wait(ctx)", 1, [](const scene& s) { s.note(s.w.group.wait(s.context())); }},
    {"add and done", 2,
     [](const scene& s) {
       s.w.group.add(1);
       s.w.group.done();
     }},
    // condition
    {"wait for it", 2,
     [](const scene& s) {
       s.w.locks[0].lock();
       s.w.changed.wait(s.w.locks[0]);
       s.w.locks[0].unlock();
       s.note(s.w.words[0].load());
     }},
    {"wait for it(ctx)", 2,
     [](const scene& s) {
       s.w.locks[0].lock();
       s.note(s.w.changed.wait(s.w.locks[0], s.context()));
       s.w.locks[0].unlock();
     }},
    {"notify_one", 1, [](const scene& s) { s.w.changed.notify_one(); }},
    {"notify_all", 1, [](const scene& s) { s.w.changed.notify_all(); }},
    {"locked notify", 2,
     [](const scene& s) {
       s.w.locks[0].lock();
       s.w.words[0].store(s.value);
       s.w.changed.notify_one();
       s.w.locks[0].unlock();
     }},
    // once
    {"once store", 2,
     [](const scene& s) {
       s.w.first.call([&] { s.word().store(s.value); });
       s.note(s.word().load());
     }},
    {"once", 1, [](const scene& s) { s.w.first.call([&] { s.note(s.value); }); }},
    // semaphore
    {"acquire", 1, [](const scene& s) { s.w.permits.acquire(s.value); }},
    {"release", 1, [](const scene& s) { s.w.permits.release(s.value); }},
    {"try_acquire", 1, [](const scene& s) { s.note(s.w.permits.try_acquire(s.value) ? 1 : 0); }},
    {"acquire(ctx)", 1, [](const scene& s) { s.note(s.w.permits.acquire(s.value, s.context())); }},
    {"acquire, release", 2,
     [](const scene& s) {
       s.w.permits.acquire(s.value);
       s.w.permits.release(s.value);
     }},
    // contexts
    {"cancel", 1, [](const scene& s) { (s.object == 0 ? s.w.parent : s.w.child).second(); }},
    {"err", 1, [](const scene& s) { s.note(s.context().err()); }},
    {"done()", 1, [](const scene& s) { s.note(s.context().done().recv() ? 1 : 0); }},
    {"done() or recv", 1,
     [](const scene& s) {
       auto got = [&](std::optional<int> v) { s.note(v); };
       s.note(static_cast<int>(weft::select(weft::on_recv(s.context().done(), [](bool) {}),
                                            weft::on_recv(s.mine(), got))));
     }},
    {"done() or else", 1,
     [](const scene& s) {
       s.note(static_cast<int>(
           weft::select(weft::on_recv(s.context().done(), [](bool) {}), weft::otherwise([] {}))));
     }},
    {"a child's err", 1,
     [](const scene& s) {
       auto made = weft::with_cancel(s.context());
       s.note(made.first.err());
     }},
    {"a kept child's err", 1,
     [](const scene& s) {
       s.w.children.push_back(weft::with_cancel(s.context()));
       s.note(s.w.children.back().first.err());
     }},
    // goroutines
    {"go store", 1, [](const scene& s) { weft::go([w = s.w.late, v = s.value] { w->store(v); }); }},
    {"yield", 1, [](const scene&) { weft::yield(); }},
    {"late", 1, [](const scene& s) { s.note(s.w.late->load()); }},
    // time
    {"sleep", 1, [](const scene& s) { weft::sleep_for(std::chrono::seconds(s.value)); }, true},
    {"alarm", 1, [](const scene& s) { s.note(s.w.alarm.c().recv() ? 1 : 0); }, true},
    {"alarm now", 1, [](const scene& s) { s.note(s.w.alarm.c().try_recv() ? 1 : 0); }, true},
    {"alarm or recv", 1,
     [](const scene& s) {
       auto got = [&](std::optional<int> v) { s.note(v); };
       s.note(static_cast<int>(
           weft::select(weft::on_recv(s.w.alarm.c(), [](auto) {}), weft::on_recv(s.mine(), got))));
     },
     true},
    {"alarm stop", 1, [](const scene& s) { s.note(s.w.alarm.stop() ? 1 : 0); }, true},
    {"alarm reset", 1,
     [](const scene& s) { s.note(s.w.alarm.reset(std::chrono::seconds(s.value)) ? 1 : 0); }, true},
    {"call stop", 1, [](const scene& s) { s.note(s.w.call.stop() ? 1 : 0); }, true},
    {"call reset", 1,
     [](const scene& s) { s.note(s.w.call.reset(std::chrono::seconds(s.value)) ? 1 : 0); }, true},
    {"callback stop", 1, [](const scene& s) { s.note(s.w.stop() ? 1 : 0); }, true},
    {"after", 1,
     [](const scene& s) {
       weft::after_func(std::chrono::seconds(1), [w = s.w.late, v = s.value] { w->store(v); });
     },
     true},
    {"after now", 1,
     [](const scene& s) {
       weft::after_func(std::chrono::seconds(0), [w = s.w.late, v = s.value] { w->store(v); });
     },
     true},
    {"call now", 1, [](const scene& s) { s.note(s.w.call.reset(std::chrono::seconds(0)) ? 1 : 0); },
     true},
    {"timeout", 1,
     [](const scene& s) {
       auto made = weft::with_timeout(s.context(), std::chrono::seconds(s.value));
       s.note(s.w.channels[0].recv(made.first));
       s.note(made.first.err());
     },
     true},
};
inline constexpr std::size_t k_count = std::size(k_operations);

struct instruction {
  std::size_t what;
  int object;
  int value;
};
using program = std::vector<std::vector<instruction>>;

inline void run(world& w, std::size_t me, const instruction& i) {
  k_operations[i.what].act({w, w.seen[me], i.object, i.value});
}

inline std::size_t called(std::string_view name) {
  for (std::size_t i = 0; i < k_count; ++i)
    if (k_operations[i].name == name) return i;
  return k_count;
}

inline std::string text_of(const program& p) {
  std::string out;
  for (const auto& g : p) {
    for (const instruction& i : g)
      out += std::string(k_operations[i.what].name) + "(" + std::to_string(i.object) + "," +
             std::to_string(i.value) + ") ";
    out += "|| ";
  }
  return out;
}

inline int dones(const program& p) {
  int n = 0;
  for (const auto& g : p)
    for (const instruction& i : g) n += i.what == called("done") ? 1 : 0;
  return n;
}

// Does it park in the code of a primitive? Which of several others wakes it is then part of what
// tells behaviours apart, though nothing depends on it.
inline bool parks(const program& p) {
  for (const auto& g : p)
    for (const instruction& i : g) {
      const std::string_view name = k_operations[i.what].name;
      if (name.ends_with("(ctx)") || name == "timeout") return true;
    }
  return false;
}

inline bool uses_timers(const program& p) {
  for (const auto& g : p)
    for (const instruction& i : g)
      if (k_operations[i.what].timers) return true;
  return false;
}

}  // namespace cross
