// SPDX-License-Identifier: Apache-2.0
// Select: the edges of the case that is performed, and of no other.
#include "race/corpus.h"

#include <chrono>

using race_corpus::times;
using race_corpus::together;
using race_corpus::window;
using weft::make_chan;
using weft::on_recv;
using weft::on_send;
using weft::otherwise;

CLEAN(select_send_to_select_receive) {  // Q031
  int x = 0;
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  together(
      [&] {
        x = 1;
        weft::select(on_send(c, 1), on_recv(never));
      },
      [&] {
        window();
        weft::select(on_recv(c), on_recv(never));
        x = 2;
      });
}

CLEAN(select_send_to_plain_receive) {
  int x = 0;
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  together(
      [&] {
        x = 1;
        weft::select(on_send(c, 1), on_send(never, 1));
      },
      [&] {
        c.recv();
        x = 2;
      });
}

CLEAN(plain_send_to_select_receive) {
  int x = 0;
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  together(
      [&] {
        window();
        x = 1;
        c.send(1);
      },
      [&] {
        weft::select(on_recv(never), on_recv(c));
        x = 2;
      });
}

CLEAN(select_receive_to_select_send_unbuffered) {
  int x = 0;
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  together(
      [&] {
        x = 1;
        weft::select(on_recv(c), on_recv(never));
      },
      [&] {
        weft::select(on_send(c, 1), on_recv(never));
        x = 2;
      });
}

CLEAN(select_receive_to_plain_send_unbuffered) {
  int x = 0;
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  together(
      [&] {
        x = 1;
        weft::select(on_recv(c), on_recv(never));
      },
      [&] {
        window();
        c.send(1);
        x = 2;
      });
}

RACY(select_receive_to_select_send_buffered) {
  int x = 0;
  auto c = make_chan<int>(4);
  auto never = make_chan<int>();
  together(
      [&] {
        x = 1;  // race
        weft::select(on_recv(c), on_recv(never));
      },
      [&] {
        weft::select(on_send(c, 1), on_recv(never));
        x = 2;  // race
      });
}

RACY(writes_after_both_ends_of_a_rendezvous) {
  int x = 0;
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  together(
      [&] {
        weft::select(on_send(c, 1), on_recv(never));
        x = 1;  // race
      },
      [&] {
        weft::select(on_recv(c), on_recv(never));
        x = 2;  // race
      });
}

CLEAN(close_wakes_a_select) {  // Q032
  int x = 0;
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  together(
      [&] {
        window();
        x = 1;
        c.close();
      },
      [&] {
        weft::select(on_recv(c), on_recv(never));
        x = 2;
      });
}

RACY(two_select_senders_to_a_third) {  // Q033
  int x = 0;
  auto a = make_chan<int>(1);
  auto b = make_chan<int>(1);
  together(
      [&] {
        weft::select(on_send(a, 1), on_recv(weft::chan<int>()));
        x = 1;  // race
      },
      [&] {
        weft::select(on_send(b, 1), on_recv(weft::chan<int>()));
        x = 2;  // race
      },
      [&] {
        a.recv();
        b.recv();
      });
}

RACY(a_write_before_each_side) {  // Q035
  int x = 0;
  auto c = make_chan<int>();
  together(
      [&] {
        x = 1;  // race
        weft::select(on_send(c, 1), on_recv(weft::chan<int>()));
      },
      [&] {
        x = 2;  // race
        c.recv();
      });
}

RACY(a_default_makes_no_edge) {  // Q036
  int x = 0;
  auto c = make_chan<int>(1);
  together(
      [&] {
        x = 1;  // race
        c.send(1);
      },
      [&] {
        weft::select(on_send(make_chan<int>(), 1), otherwise());
        x = 2;  // race
      });
}

RACY(the_case_that_is_not_chosen_makes_no_edge) {
  int x = 0;
  auto a = make_chan<int>(1);
  auto b = make_chan<int>(1);
  b.send(1);
  together(
      [&] {
        x = 1;  // race
        a.send(1);
      },
      [&] {
        while (a.size() == 0) weft::yield();
        weft::select_in_order(on_recv(b), on_recv(a));
        x = 2;  // race
      });
}

CLEAN(in_order_takes_the_first_ready_case) {
  int x = 0;
  auto a = make_chan<int>(1);
  auto b = make_chan<int>(1);
  together(
      [&] {
        x = 1;
        a.send(1);
      },
      [&] {
        weft::select_in_order(on_recv(a), on_recv(b));
        x = 2;
      });
}

RACY(the_operand_of_a_select_send) {  // Q018
  int x = 0;
  auto c = make_chan<int>(1);
  together([&] { weft::select(on_send(c, x)); },  // race
           [&] { x = 1; });                       // race
}

RACY(operand_and_target_of_different_selects) {  // Q018
  int x = 0;
  auto a = make_chan<int>(1);
  auto b = make_chan<int>(1);
  b.send(1);
  together([&] { weft::select(on_send(a, x)); },                                       // race
           [&] { weft::select(on_recv(b, [&](std::optional<int> v) { x = *v; })); });  // race
}

CLEAN(operand_and_target_of_one_select_rendezvous) {  // Q018
  int x = 0;
  auto c = make_chan<int>();
  together([&] { weft::select(on_send(c, x)); },
           [&] { weft::select(on_recv(c, [&](std::optional<int> v) { x = *v; })); });
}

CLEAN(a_mutex_of_selects) {  // Q023
  int x = 0;
  auto m = make_chan<int>(1);
  auto dead = make_chan<int>();
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      weft::select(on_send(m, 1), on_recv(dead));
      ++x;
      weft::select(on_recv(m), on_recv(dead));
    }
  };
  together(work, work);
}

CLEAN(both_directions_on_one_channel) {
  int x = 0;
  auto c = make_chan<int>();
  auto turn = make_chan<int>(1);
  turn.send(1);
  auto peer = [&] {
    weft::select(on_send(c, 1), on_recv(c));
    turn.recv();
    ++x;
    turn.send(1);
  };
  together(peer, peer);
}

CLEAN(a_set_of_cases) {
  int x = 0;
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  together(
      [&] {
        x = 1;
        weft::select_set set;
        set.add_send(c, 1);
        set.add_recv(never);
        set.wait();
      },
      [&] {
        weft::select_set set;
        set.add_recv(never);
        set.add_recv(c);
        set.wait();
        x = 2;
      });
}

RACY(a_set_of_cases_after_the_send) {
  int x = 0;
  auto c = make_chan<int>(1);
  together(
      [&] {
        weft::select_set set;
        set.add_send(c, 1);
        set.wait();
        x = 1;  // race
      },
      [&] {
        c.recv();
        x = 2;  // race
      });
}

CLEAN(many_cases) {
  constexpr int n = 20;
  int x = 0;
  weft::chan<int> c[n];
  for (auto& each : c) each = make_chan<int>();
  together(
      [&] {
        window();
        x = 1;
        c[13].send(1);
      },
      [&] {
        weft::select_set set;
        for (auto& each : c) set.add_recv(each);
        set.wait();
        x = 2;
      });
}

RACY(a_handle_is_assigned_while_another_selects) {  // Q021
  auto c = make_chan<int>(1);
  auto other = make_chan<int>(1);
  together([&] { c = other; },                               // race
           [&] { weft::select(on_recv(c), otherwise()); });  // race
}

RACY(close_against_a_select_send) {  // Q017
  auto c = make_chan<int>(1);
  together([&] { c.close(); },  // race
           [&] {
             try {
               weft::select(on_send(c, 1));  // race
             } catch (const weft::panic&) {
             }
           });
}

CLEAN(a_timeout_case) {
  int x = 0;
  auto c = make_chan<int>();
  together(
      [&] {
        x = 1;
        weft::select(on_send(c, 1), on_recv(weft::after(std::chrono::seconds(100))));
      },
      [&] {
        weft::select(on_recv(c), on_recv(weft::after(std::chrono::seconds(100))));
        x = 2;
      });
}
