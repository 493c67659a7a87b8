// SPDX-License-Identifier: Apache-2.0
// Channels: capacity, and what channels do not promise. E8.
#include "race/corpus.h"

#include <atomic>

using race_corpus::times;
using race_corpus::together;
using weft::make_chan;

// E8: the k-th receive comes before the end of the send k + capacity.

CLEAN(a_channel_as_a_mutex) {  // Q023
  int x = 0;
  auto m = make_chan<void>(1);
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      m.send();
      ++x;
      m.recv();
    }
  };
  together(work, work, work);
}

CLEAN(a_channel_of_int_as_a_mutex) {  // Q030
  int x = 0;
  auto m = make_chan<int>(1);
  auto work = [&] {
    for (int i = 0; i < times(100); ++i) {
      m.send(1);
      ++x;
      m.recv();
    }
  };
  together(work, work);
}

RACY(a_channel_of_two_is_no_mutex) {  // Q024
  int x = 0;
  auto m = make_chan<void>(2);
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      m.send();
      ++x;  // race
      m.recv();
    }
  };
  together(work, work);
}

CLEAN(a_channel_as_a_wait_group) {  // Q025
  constexpr int n = 8;
  int x[n] = {};
  auto c = make_chan<void>(n);
  for (int i = 0; i < n; ++i) {
    c.send();
    weft::go([&x, i, c] {
      x[i] = i;
      c.recv();
    });
  }
  for (int i = 0; i < n; ++i) c.send();
  int sum = 0;
  for (int v : x) sum += v;
  static_cast<void>(sum);
}

CLEAN(a_sender_that_was_parked) {  // Q026
  int x = 0;
  auto c = make_chan<int>(1);
  c.send(0);
  weft::wait_group wg;
  wg.go([&] {
    x = 1;
    c.send(1);
  });
  for (int i = 0; i < times(10); ++i) weft::yield();
  c.recv();
  c.recv();
  x = 2;
  wg.wait();
}

CLEAN(a_sender_that_was_parked_and_a_select) {  // Q026
  int x = 0;
  auto c = make_chan<int>(1);
  c.send(0);
  weft::wait_group wg;
  wg.go([&] {
    x = 1;
    c.send(1);
  });
  for (int i = 0; i < times(10); ++i) weft::yield();
  c.recv();
  weft::select(weft::on_recv(c), weft::on_recv(weft::chan<int>()));
  x = 2;
  wg.wait();
}

// The first receive comes before the end of the second send, which says nothing to whoever
// receives the second value.
RACY(a_receive_and_the_next_but_one_receive) {  // Q029
  int x = 0;
  auto c = make_chan<int>(1);
  c.send(0);
  std::atomic<bool> first_is_out = false;
  weft::wait_group wg;
  wg.go([&] { c.send(1); });
  wg.go([&] {
    while (!first_is_out.load(std::memory_order_relaxed)) weft::yield();
    c.recv();
    x = 2;  // race
  });
  for (int i = 0; i < times(10); ++i) weft::yield();
  x = 1;  // race
  c.recv();
  first_is_out.store(true, std::memory_order_relaxed);
  wg.wait();
}

CLEAN(slots_stay_numbered_past_a_waiting_receiver) {  // Q077
  int x = 0;
  auto c = make_chan<int>(2);
  weft::wait_group wg;
  wg.go([&] { c.recv(); });
  for (int i = 0; i < times(10); ++i) weft::yield();
  c.send(1);
  wg.wait();
  // Send 2 and 3 fill the channel; send 4 waits for receive 2.
  c.send(2);
  c.send(3);
  wg.go([&] {
    x = 1;
    c.recv();
  });
  c.send(4);
  x = 2;
  wg.wait();
}

CLEAN(a_semaphore_of_three) {
  int x[3] = {};
  weft::mutex m;
  int next = 0;
  auto sem = make_chan<void>(3);
  weft::wait_group wg;
  for (int i = 0; i < times(12, 4); ++i) {
    wg.go([&] {
      sem.send();
      m.lock();
      ++x[next++ % 3];
      m.unlock();
      sem.recv();
    });
  }
  wg.wait();
}

// E8': no edges.

RACY(size_of_a_channel_says_nothing_about_its_sender) {  // Q012
  int x = 0;
  auto c = make_chan<int>(1);
  together(
      [&] {
        x = 1;  // race
        c.send(1);
      },
      [&] {
        while (c.size() == 0) weft::yield();
        x = 2;  // race
      });
}

RACY(size_of_a_channel_says_nothing_about_its_receiver) {  // Q012
  int x = 0;
  auto c = make_chan<int>(1);
  c.send(1);
  together(
      [&] {
        x = 1;  // race
        c.recv();
      },
      [&] {
        while (c.size() != 0) weft::yield();
        x = 2;  // race
      });
}

RACY(a_try_send_that_fails) {  // Q013
  int x = 0;
  auto c = make_chan<int>(1);
  together(
      [&] {
        x = 1;  // race
        c.send(1);
      },
      [&] {
        while (c.size() == 0) weft::yield();
        if (!c.try_send(2)) x = 2;  // race
      });
}

RACY(a_try_recv_that_fails) {
  int x = 0;
  auto c = make_chan<int>(1);
  c.send(1);
  together(
      [&] {
        x = 1;  // race
        c.recv();
      },
      [&] {
        while (c.size() != 0) weft::yield();
        if (!c.try_recv()) x = 2;  // race
      });
}

RACY(a_send_that_panics) {
  int x = 0;
  auto c = make_chan<int>(1);
  c.close();
  auto ready = weft::atomic<int>(0);
  together(
      [&] {
        x = 1;  // race
        try {
          c.send(1);
        } catch (const weft::panic&) {
        }
      },
      [&] {
        try {
          c.send(2);
        } catch (const weft::panic&) {
        }
        x = 2;  // race
      });
  static_cast<void>(ready.load());
}

RACY(different_channels) {
  int x = 0;
  auto a = make_chan<int>(1);
  auto b = make_chan<int>(1);
  together(
      [&] {
        x = 1;
        a.send(1);
        b.send(1);
      },
      [&] {
        b.recv();
        x = 2;  // race
      },
      [&] {
        a.recv();
        x = 3;  // race
      });
}

RACY(two_senders_are_not_ordered) {
  int x = 0;
  auto c = make_chan<int>(10);
  auto work = [&] {
    c.send(1);
    x = 1;  // race
  };
  together(work, work);
}

RACY(two_receivers_are_not_ordered) {
  int x = 0;
  auto c = make_chan<int>(10);
  c.send(1);
  c.send(2);
  auto work = [&] {
    c.recv();
    x = 1;  // race
  };
  together(work, work);
}
