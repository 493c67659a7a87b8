// SPDX-License-Identifier: Apache-2.0
// Channels: close, and calls over channels. E5, E6.
#include "race/corpus.h"

using race_corpus::times;
using race_corpus::together;
using race_corpus::window;
using weft::make_chan;

// E6: close comes before a receive that finds the channel closed.

CLEAN(close_to_receive) {  // Q009
  int x = 0;
  auto c = make_chan<int>();
  together(
      [&] {
        x = 1;
        c.close();
      },
      [&] {
        c.recv();
        x = 2;
      });
}

CLEAN(close_to_receive_buffered) {
  int x = 0;
  auto c = make_chan<int>(5);
  together(
      [&] {
        window();
        x = 1;
        c.close();
      },
      [&] {
        c.recv();
        x = 2;
      });
}

CLEAN(close_to_the_end_of_a_range) {
  int x = 0;
  auto c = make_chan<int>(5);
  together(
      [&] {
        c.send(1);
        x = 1;
        c.close();
      },
      [&] {
        for (int v : c) static_cast<void>(v);
        x = 2;
      });
}

CLEAN(close_to_a_receive_that_does_not_block) {  // Q027
  int x = 0;
  auto c = make_chan<void>();
  together(
      [&] {
        x = 1;
        c.close();
      },
      [&] {
        std::size_t closed = 1;
        while (closed != 0)
          closed = weft::select(weft::on_recv(c), weft::otherwise([] { weft::yield(); }));
        x = 2;
      });
}

CLEAN(close_to_many) {
  int x = 0;
  auto c = make_chan<void>();
  auto reader = [&] {
    c.recv();
    static_cast<void>(x + 1);
  };
  weft::wait_group wg;
  for (int i = 0; i < 5; ++i) wg.go(reader);
  window();
  x = 1;
  c.close();
  wg.wait();
}

RACY(a_write_after_close) {
  int x = 0;
  auto c = make_chan<void>();
  together(
      [&] {
        c.close();
        x = 1;  // race
      },
      [&] {
        c.recv();
        x = 2;  // race
      });
}

RACY(a_receive_of_a_buffered_value_is_not_after_close) {
  int x = 0;
  auto c = make_chan<int>(1);
  c.send(1);
  together(
      [&] {
        x = 1;  // race
        c.close();
      },
      [&] {
        c.recv();
        x = 2;  // race
      });
}

RACY(two_closes) {  // Q011
  alignas(8) int x = 0;
  alignas(8) int y = 0;
  auto c = make_chan<void>();
  auto panics = [&] {
    try {
      c.close();
    } catch (const weft::panic&) {
      return true;
    }
    return false;
  };
  together(
      [&] {
        x = 1;                // race
        if (panics()) y = 2;  // race
      },
      [&] {
        y = 1;                // race
        if (panics()) x = 2;  // race
      });
}

RACY(close_against_send) {  // Q017
  auto c = make_chan<int>(1);
  together([&] { c.close(); },  // race
           [&] {
             try {
               c.send(1);  // race
             } catch (const weft::panic&) {
             }
           });
}

RACY(close_against_a_send_that_waits) {  // Q017
  auto c = make_chan<int>();
  weft::wait_group wg;
  wg.go([&] {
    try {
      c.send(1);  // race
    } catch (const weft::panic&) {
    }
  });
  for (int i = 0; i < times(10); ++i) weft::yield();
  c.close();  // race
  wg.wait();
}

CLEAN(close_after_all_sends) {
  auto c = make_chan<int>(4);
  weft::wait_group senders;
  for (int i = 0; i < 4; ++i) senders.go([&] { c.send(1); });
  senders.wait();
  c.close();
}

CLEAN(size_and_capacity_against_close) {
  auto c = make_chan<int>(4);
  together([&] { static_cast<void>(c.size() + c.capacity()); }, [&] { c.close(); });
}

// Q020: a call and its answer.

CLEAN(calls_over_a_channel) {
  struct call {
    int argument;
    weft::chan<int> answer;
  };
  auto calls = make_chan<call*>();
  weft::wait_group wg;
  wg.go([&] {
    for (call* c : calls) {
      c->argument += 1;
      c->answer.send(c->argument);
    }
  });
  for (int i = 0; i < 5; ++i) {
    call c{i, make_chan<int>(1)};
    calls.send(&c);
    c.answer.recv();
    c.argument = 0;
  }
  calls.close();
  wg.wait();
}

CLEAN(a_pipeline) {
  auto in = make_chan<int*>();
  auto mid = make_chan<int*>(2);
  int x[10] = {};
  together(
      [&] {
        for (int& v : x) {
          v = 1;
          in.send(&v);
        }
        in.close();
      },
      [&] {
        for (int* v : in) {
          *v += 1;
          mid.send(v);
        }
        mid.close();
      },
      [&] {
        for (int* v : mid) *v += 1;
      });
}
