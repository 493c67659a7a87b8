// SPDX-License-Identifier: Apache-2.0
// Goroutines: program order, start and end, and what makes no edge. E1, E3, E4, E24, E26.
#include "race/corpus.h"

#include <array>
#include <chrono>
#include <complex>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

using race_corpus::times;
using race_corpus::together;
using race_corpus::window;

// Q001: no synchronisation at all.

RACY(two_writes_of_an_int) {
  int x = 0;
  together([&] { x = 1; },   // race
           [&] { x = 2; });  // race
}

RACY(a_write_and_a_read_of_an_int) {
  int x = 0;
  int seen = 0;
  together([&] { x = 1; },      // race
           [&] { seen = x; });  // race
  static_cast<void>(seen);
}

RACY(increments_of_a_counter) {
  int n = 0;
  auto count = [&] {
    for (int i = 0; i < 100; ++i) ++n;  // race
  };
  together(count, count);
}

RACY(a_byte) {
  unsigned char x = 0;
  together([&] { x = 1; },   // race
           [&] { x = 2; });  // race
}

RACY(a_short) {
  short x = 0;
  together([&] { x = 1; },   // race
           [&] { x = 2; });  // race
}

RACY(a_long) {
  long x = 0;
  together([&] { x = 1; },   // race
           [&] { x = 2; });  // race
}

RACY(a_bool) {
  bool x = false;
  together([&] { x = true; },    // race
           [&] { x = false; });  // race
}

RACY(a_double) {
  double x = 0;
  together([&] { x = 1; },   // race
           [&] { x = 2; });  // race
}

RACY(a_pointer) {
  int a = 0;
  int* p = nullptr;
  together([&] { p = &a; },        // race
           [&] { p = nullptr; });  // race
}

RACY(an_element_of_an_array) {
  int x[4] = {};
  together([&] { x[2] = 1; },   // race
           [&] { x[2] = 2; });  // race
}

CLEAN(different_elements_of_an_array) {
  int x[4] = {};
  together([&] { x[1] = 1; }, [&] { x[2] = 2; });
}

RACY(a_field) {  // Q002
  struct point {
    int x;
    int y;
  } p{};
  together([&] { p.y = 1; },   // race
           [&] { p.y = 2; });  // race
}

CLEAN(different_fields) {  // Q002
  struct point {
    int x;
    int y;
  } p{};
  together([&] { p.x = 1; }, [&] { p.y = 2; });
}

RACY(a_copy_of_a_struct_and_a_field) {  // Q002
  struct point {
    int x;
    int y;
  } p{};
  point copy{};
  together([&] { copy = p; },  // race
           [&] { p.y = 2; });  // race
  static_cast<void>(copy);
}

CLEAN(an_address_is_taken) {  // Q071
  int x = 0;
  int* where = nullptr;
  together([&] { x = 1; }, [&] { where = &x; });
  static_cast<void>(where);
}

CLEAN(objects_of_no_members) {  // Q071
  struct nothing {
  } a;
  together([&] { a = nothing(); },
           [&] {
             const nothing b = a;
             static_cast<void>(b);
           });
}

RACY(the_condition_of_a_switch) {  // Q072
  int x = 0;
  int chosen = 0;
  together([&] { x = 1; },  // race
           [&] {
             switch (x) {  // race
               case 0:
                 chosen = 1;
                 break;
               default:
                 chosen = 2;
             }
           });
  static_cast<void>(chosen);
}

RACY(a_member_through_a_method) {  // Q072
  struct account {
    void pay(int n) { balance += n; }  // race
    int balance = 0;
  } a;
  void (account::*method)(int) = &account::pay;
  together([&] { a.pay(1); }, [&] { (a.*method)(2); });
}

CLEAN(only_reads) {
  int x = 5;
  int a = 0;
  int b = 0;
  together([&] { a = x; }, [&] { b = x; });
  static_cast<void>(a + b);
}

RACY(a_global) {
  static int x = 0;
  together([] { x = 1; },   // race
           [] { x = 2; });  // race
}

RACY(something_on_the_heap) {
  auto x = std::make_unique<int>(0);
  together([&] { *x = 1; },   // race
           [&] { *x = 2; });  // race
}

// Q003: the start of a goroutine comes after the go (E3).

CLEAN(a_write_before_go) {
  int x = 0;
  weft::wait_group wg;
  x = 1;
  wg.go([&] { x = x + 1; });
  wg.wait();
}

RACY(a_write_after_go) {
  int x = 0;
  weft::wait_group wg;
  wg.go([&] { x = 1; });  // race
  window();
  x = 2;  // race
  wg.wait();
}

CLEAN(a_chain_of_starts) {
  int x = 0;
  weft::wait_group wg;
  wg.add(3);
  weft::go([&] {
    x = 1;
    weft::go([&] {
      x = 2;
      weft::go([&] {
        x = 3;
        wg.done();
      });
      wg.done();
    });
    wg.done();
  });
  wg.wait();
}

RACY(siblings_are_not_ordered) {
  int x = 0;
  weft::wait_group wg;
  wg.go([&] { x = 1; });  // race
  window();
  wg.go([&] { x = 2; });  // race
  wg.wait();
}

CLEAN(an_argument_is_evaluated_by_the_caller) {  // Q069
  int x = 1;
  weft::wait_group wg;
  wg.add(1);
  weft::go(
      [&wg](int v) {
        static_cast<void>(v);
        wg.done();
      },
      x);
  x = 2;
  wg.wait();
}

CLEAN(a_capture_by_value) {  // Q069
  int x = 1;
  weft::wait_group wg;
  wg.go([x] { static_cast<void>(x + 1); });
  x = 2;
  wg.wait();
}

RACY(a_capture_by_reference) {  // Q069
  int x = 1;
  int seen = 0;
  weft::wait_group wg;
  wg.go([&] { seen = x; });  // race
  x = 2;                     // race
  wg.wait();
  static_cast<void>(seen);
}

// E4: the end of a goroutine makes no edge.

RACY(the_end_of_a_goroutine) {
  static int x;
  const std::size_t n = weft::num_goroutines();
  weft::go([] { x = 1; });  // race
  while (weft::num_goroutines() > n) weft::yield();
  x = 2;  // race
}

RACY(exit_goroutine_makes_no_edge) {
  static int x;
  const std::size_t n = weft::num_goroutines();
  weft::go([] {
    x = 1;  // race
    weft::exit_goroutine();
  });
  while (weft::num_goroutines() > n) weft::yield();
  x = 2;  // race
}

// E26: neither do scheduling, time and counting.

RACY(yields_between_two_goroutines) {  // Q081
  int x = 0;
  together(
      [&] {
        x = 1;  // race
        weft::yield();
      },
      [&] {
        for (int i = 0; i < times(20); ++i) weft::yield();
        x = 2;  // race
      });
}

RACY(sleeping_makes_no_edge) {
  int x = 0;
  together([&] { x = 1; },  // race
           [&] {
             weft::sleep_for(std::chrono::milliseconds(2));
             x = 2;  // race
           });
}

RACY(blocking_calls_make_no_edge) {
  int x = 0;
  together(
      [&] {
        weft::blocking([&] { x = 1; });  // race
      },
      [&] {
        weft::blocking([&] { x = 2; });  // race
      });
}

RACY(set_procs_makes_no_edge) {
  int x = 0;
  together(
      [&] {
        x = 1;  // race
        weft::set_procs(weft::procs());
      },
      [&] {
        weft::set_procs(weft::procs());
        x = 2;  // race
      });
}

RACY(a_caught_panic_makes_no_edge) {
  int x = 0;
  auto c = weft::make_chan<int>(1);
  c.close();
  auto panics = [&](int v) {
    try {
      c.send(1);
    } catch (const weft::panic&) {
      x = v;  // race
    }
  };
  together([&] { panics(1); }, [&] { panics(2); });
}

// Q067, E24: memory that is used again is new memory.

CLEAN(a_stack_is_used_again) {
  for (int round = 0; round < 5; ++round) {
    const std::size_t n = weft::num_goroutines();
    weft::go([] {
      volatile int deep[256];
      for (int i = 0; i < 256; ++i) deep[i] = i;
    });
    while (weft::num_goroutines() > n) weft::yield();
  }
}

CLEAN(a_heap_block_is_used_again) {
  for (int round = 0; round < 5; ++round) {
    const std::size_t n = weft::num_goroutines();
    weft::go([] {
      auto p = std::make_unique<std::array<int, 16>>();
      (*p)[3] = 1;
    });
    while (weft::num_goroutines() > n) weft::yield();
  }
}

CLEAN(a_closure_is_destroyed_by_its_goroutine) {  // Q065
  auto text = std::make_unique<std::string>("a text that is too long for the small buffer");
  weft::wait_group wg;
  wg.go([text = std::move(text)] { *text += "!"; });
  wg.wait();
}

// Q068: the detector's own stack follows every goroutine.

static void descend(int n, weft::chan<void> c) {
  if (n == 0) {
    c.send();
    return;
  }
  descend(n - 1, c);
}

CLEAN(deep_stacks_that_park) {
  auto c = weft::make_chan<void>();
  weft::wait_group wg;
  for (int i = 0; i < times(8); ++i) wg.go([&] { descend(50, c); });
  for (int i = 0; i < times(8); ++i) {
    window();
    c.recv();
  }
  wg.wait();
}

CLEAN(exceptions_across_parks) {
  auto c = weft::make_chan<void>();
  auto thrower = [&] {
    try {
      c.recv();
      throw 1;
    } catch (int) {
      weft::yield();
    }
  };
  weft::wait_group wg;
  wg.go(thrower);
  wg.go(thrower);
  c.send();
  c.send();
  wg.wait();
}

// Containers of the standard library are plain memory.

RACY(a_map_is_written_by_two) {
  std::map<int, int> m;
  auto insert = [&] {
    for (int i = 0; i < 50; ++i) m[i] = i;  // race
  };
  together(insert, insert);
}

RACY(a_vector_grows_under_a_reader) {
  std::vector<int> v(1);
  int seen = 0;
  together([&] { v.push_back(1); },                      // race
           [&] { seen = static_cast<int>(v.size()); });  // race
  static_cast<void>(seen);
}

RACY(a_string) {
  std::string s = "abc";
  std::size_t n = 0;
  together([&] { s = "abcd"; },     // race
           [&] { n = s.size(); });  // race
  static_cast<void>(n);
}

RACY(a_std_function) {
  std::function<void()> f = [] {};
  together([&] { f = nullptr; },             // race
           [&] { static_cast<void>(!f); });  // race
}

CLEAN(a_goroutine_local_is_ones_own) {
  static weft::goroutine_local<int> mine;
  auto use = [] {
    *mine = 1;
    weft::yield();
    ++*mine;
  };
  together(use, use);
}

CLEAN(run_returns_after_main) {
  int x = 0;
  weft::run([&] { x = 1; });
  x = 2;
}
