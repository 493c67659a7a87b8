// SPDX-License-Identifier: Apache-2.0
// Timers and contexts. E19, E20.
#include "race/corpus.h"

#include <atomic>
#include <chrono>
#include <string>

using namespace std::chrono_literals;
using race_corpus::together;
using race_corpus::window;

// E20: making and setting a timer comes before what it sends or starts.

CLEAN(a_timer_to_its_value) {  // Q063
  int x = 1;
  weft::timer t(100us);
  weft::wait_group wg;
  wg.go([&, c = t.c()] {
    c.recv();
    x = 2;
  });
  wg.wait();
}

CLEAN(after_func_starts_after_its_making) {  // Q063
  int x = 0;
  auto done = weft::make_chan<void>(1);
  x = 1;
  auto t = weft::after_func(100us, [&x, done] {
    x = 2;
    done.send();
  });
  done.recv();
}

RACY(a_write_after_after_func) {
  static int x;
  x = 0;
  auto done = weft::make_chan<void>(1);
  auto t = weft::after_func(10us, [done] {
    x = 2;  // race
    done.send();
  });
  x = 1;  // race
  done.recv();
}

CLEAN(a_reset_to_what_it_starts) {  // Q063
  int x = 0;
  auto done = weft::make_chan<void>(1);
  auto t = weft::after_func(100s, [&x, done] {
    x = 2;
    done.send();
  });
  t.stop();
  x = 1;
  t.reset(10us);
  done.recv();
}

CLEAN(a_reset_to_its_value) {
  int x = 0;
  weft::timer t(100s);
  auto c = t.c();
  weft::wait_group wg;
  auto go_on = weft::make_chan<void>();
  wg.go([&] {
    go_on.recv();
    c.recv();
    x = 2;
  });
  x = 1;
  go_on.send();
  t.reset(10us);
  wg.wait();
}

CLEAN(a_ticker) {
  int x = 1;
  weft::ticker t(100us);
  weft::wait_group wg;
  wg.go([&, c = t.c()] {
    c.recv();
    x = 2;
    c.recv();
    x = 3;
  });
  wg.wait();
  t.stop();
}

RACY(a_write_after_the_timer_was_made) {
  int x = 0;
  weft::timer t(100us);
  auto start = weft::make_chan<weft::receiver<weft::time_point>>(1);
  weft::wait_group wg;
  wg.go([&] {
    t.c().recv();
    x = 2;  // race
  });
  x = 1;  // race
  wg.wait();
}

RACY(two_functions_of_timers) {
  static int x;
  x = 0;
  auto done = weft::make_chan<void>(2);
  auto work = [done] {
    x = 1;  // race
    done.send();
  };
  auto a = weft::after_func(50us, work);
  auto b = weft::after_func(50us, work);
  done.recv();
  done.recv();
}

RACY(stop_makes_no_edge) {
  static int x;
  x = 0;
  static std::atomic<bool> ran;
  ran.store(false);
  weft::timer t;
  t = weft::after_func(10us, [] {
    x = 1;  // race
    ran.store(true, std::memory_order_relaxed);
  });
  while (!ran.load(std::memory_order_relaxed)) weft::yield();
  t.stop();
  x = 2;  // race
}

RACY(sleepers_are_not_ordered) {
  int x = 0;
  together(
      [&] {
        weft::sleep_for(50us);
        x = 1;  // race
      },
      [&] {
        weft::sleep_for(300us);
        x = 2;  // race
      });
}

CLEAN(what_a_function_captured_is_destroyed_after_it) {
  auto done = weft::make_chan<void>(1);
  {
    auto t = weft::after_func(10us, [done, text = std::string(40, 'x')]() mutable {
      text += "!";
      done.send();
    });
    done.recv();
  }
}

// E19: the end of a context comes before whatever sees it.

CLEAN(cancel_to_done) {  // Q080
  int x = 0;
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  together(
      [&, cancel] {
        x = 1;
        cancel();
      },
      [&, ctx] {
        ctx.done().recv();
        x = 2;
      });
}

CLEAN(cancel_to_err) {
  int x = 0;
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  together(
      [&, cancel] {
        x = 1;
        cancel();
      },
      [&, ctx] {
        while (!ctx.err()) weft::yield();
        x = 2;
      });
}

CLEAN(cancel_to_cause) {  // Q080
  int x = 0;
  auto [ctx, cancel] = weft::with_cancel_cause(weft::background());
  together(
      [&, cancel] {
        x = 1;
        cancel(std::make_error_code(std::errc::io_error));
      },
      [&, ctx] {
        while (!ctx.cause()) weft::yield();
        x = 2;
      });
}

RACY(a_write_after_cancel) {  // Q080
  int x = 0;
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  together(
      [&, cancel] {
        cancel();
        x = 1;  // race
      },
      [&, ctx] {
        ctx.done().recv();
        x = 2;  // race
      });
}

RACY(an_err_that_is_empty) {
  int x = 0;
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  together(
      [&, ctx] {
        static_cast<void>(ctx.err());
        x = 1;  // race
      },
      [&, cancel] {
        x = 2;  // race
        cancel();
      });
}

CLEAN(cancel_of_the_parent_to_done_of_the_child) {
  int x = 0;
  auto [parent, cancel] = weft::with_cancel(weft::background());
  auto [child, cancel_child] = weft::with_cancel(parent);
  together(
      [&, cancel] {
        x = 1;
        cancel();
      },
      [&, child] {
        child.done().recv();
        x = 2;
      });
  cancel_child();
}

RACY(cancel_of_the_child_and_the_parent) {
  int x = 0;
  auto [parent, cancel] = weft::with_cancel(weft::background());
  auto [child, cancel_child] = weft::with_cancel(parent);
  together(
      [&, cancel_child] {
        x = 1;  // race
        cancel_child();
      },
      [&, parent] {
        static_cast<void>(parent.err());
        x = 2;  // race
      });
  cancel();
}

CLEAN(cancel_to_a_function) {
  int x = 0;
  auto done = weft::make_chan<void>(1);
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  auto stop = weft::after_func(ctx, [&x, done] {
    x = 2;
    done.send();
  });
  weft::wait_group wg;
  wg.go([&, cancel] {
    x = 1;
    cancel();
  });
  done.recv();
  wg.wait();
}

CLEAN(registration_to_a_function) {
  int x = 0;
  auto done = weft::make_chan<void>(1);
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  weft::wait_group wg;
  wg.go([&, ctx] {
    x = 1;
    weft::after_func(ctx, [&x, done] {
      x = 2;
      done.send();
    });
  });
  window();
  cancel();
  done.recv();
  wg.wait();
}

CLEAN(a_deadline_to_done) {
  int x = 0;
  x = 1;
  auto [ctx, cancel] = weft::with_timeout(weft::background(), 100us);
  weft::wait_group wg;
  wg.go([&, ctx] {
    ctx.done().recv();
    x = 2;
  });
  wg.wait();
  cancel();
}

RACY(a_write_after_the_deadline_was_set) {
  int x = 0;
  auto [ctx, cancel] = weft::with_timeout(weft::background(), 100us);
  weft::wait_group wg;
  wg.go([&, ctx] {
    ctx.done().recv();
    x = 2;  // race
  });
  x = 1;  // race
  wg.wait();
  cancel();
}

struct text_key {
  using type = std::string;
};

CLEAN(values_are_read_by_many) {
  auto ctx = weft::with_value<text_key>(weft::background(), std::string(40, 'x'));
  auto read = [ctx] { static_cast<void>(ctx.value<text_key>()->size()); };
  ctx = {};
  together(read, read, read);
}

CLEAN(an_ended_receive_and_its_canceller) {
  int x = 0;
  auto c = weft::make_chan<int>();
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  together(
      [&, cancel] {
        window();
        x = 1;
        cancel();
      },
      [&, ctx] {
        if (!c.recv(ctx)) x = 2;
      });
}

CLEAN(a_send_with_a_context) {
  int x = 0;
  auto c = weft::make_chan<int>();
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  together(
      [&, ctx] {
        x = 1;
        if (c.send(1, ctx)) x = 3;
      },
      [&] {
        c.recv();
        x = 2;
      });
  cancel();
}
