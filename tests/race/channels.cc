// SPDX-License-Identifier: Apache-2.0
// Channels: send to receive, receive to send; operands, targets and handles. E5, E7.
#include "race/corpus.h"

#include <memory>
#include <string>

using race_corpus::times;
using race_corpus::together;
using race_corpus::window;
using weft::make_chan;

// E5: a send comes before its receive.

CLEAN(send_to_receive_unbuffered) {  // Q005
  int x = 0;
  auto c = make_chan<int>();
  together(
      [&] {
        x = 1;
        c.send(1);
      },
      [&] {
        c.recv();
        x = 2;
      });
}

CLEAN(send_to_receive_buffered) {  // Q007
  int x = 0;
  auto c = make_chan<int>(10);
  together(
      [&] {
        x = 1;
        c.send(1);
      },
      [&] {
        window();
        c.recv();
        x = 2;
      });
}

CLEAN(send_to_a_parked_receiver_of_a_buffered_channel) {
  int x = 0;
  auto c = make_chan<int>(10);
  together(
      [&] {
        window();
        x = 1;
        c.send(1);
      },
      [&] {
        c.recv();
        x = 2;
      });
}

RACY(a_write_after_the_send_buffered) {
  int x = 0;
  auto c = make_chan<int>(10);
  together(
      [&] {
        c.send(1);
        x = 1;  // race
      },
      [&] {
        c.recv();
        x = 2;  // race
      });
}

RACY(a_write_after_the_send_unbuffered) {
  int x = 0;
  auto c = make_chan<int>();
  together(
      [&] {
        c.send(1);
        x = 1;  // race
      },
      [&] {
        c.recv();
        x = 2;  // race
      });
}

CLEAN(send_to_receive_of_nothing) {
  int x = 0;
  auto c = make_chan<void>();
  together(
      [&] {
        x = 1;
        c.send();
      },
      [&] {
        c.recv();
        x = 2;
      });
}

CLEAN(send_to_receive_of_nothing_buffered) {
  int x = 0;
  auto c = make_chan<void>(3);
  together(
      [&] {
        x = 1;
        c.send();
      },
      [&] {
        c.recv();
        x = 2;
      });
}

CLEAN(send_to_receive_by_range) {
  int sum = 0;
  int x = 0;
  auto c = make_chan<int>(2);
  together(
      [&] {
        for (int i = 0; i < 20; ++i) {
          if (i == 10) x = 1;
          c.send(i);
        }
        c.close();
      },
      [&] {
        for (int v : c) sum += v;
        x = 2;
      });
}

CLEAN(try_send_that_succeeds) {
  int x = 0;
  auto c = make_chan<int>(1);
  together(
      [&] {
        x = 1;
        c.try_send(1);
      },
      [&] {
        c.recv();
        x = 2;
      });
}

CLEAN(try_recv_that_succeeds) {
  int x = 0;
  auto c = make_chan<int>(1);
  together(
      [&] {
        x = 1;
        c.send(1);
      },
      [&] {
        while (!c.try_recv()) weft::yield();
        x = 2;
      });
}

CLEAN(a_pointer_is_sent) {  // Q014
  auto c = make_chan<int*>();
  together(
      [&] {
        auto* p = new int(1);
        *p = 2;
        c.send(p);
      },
      [&] {
        std::unique_ptr<int> p(*c.recv());
        *p = 3;
      });
}

RACY(the_sender_keeps_using_what_it_sent) {
  auto c = make_chan<int*>(1);
  int x = 0;
  together(
      [&] {
        c.send(&x);
        x = 1;  // race
      },
      [&] {
        *c.recv().value() = 2;  // race
      });
}

CLEAN(an_owner_is_sent) {
  auto c = make_chan<std::unique_ptr<std::string>>(2);
  together(
      [&] {
        for (int i = 0; i < times(10); ++i)
          c.send(std::make_unique<std::string>("a text that needs an allocation of its own"));
      },
      [&] {
        for (int i = 0; i < times(10); ++i) *c.recv().value() += "!";
      });
}

CLEAN(strings_through_a_parked_sender) {
  auto c = make_chan<std::string>(1);
  together(
      [&] {
        for (int i = 0; i < times(10); ++i) c.send(std::string(40, 'x'));
      },
      [&] {
        for (int i = 0; i < times(10); ++i) {
          window();
          std::string s = c.recv().value();
          s += "!";
        }
      });
}

RACY(a_guess_at_the_sender) {  // Q015
  int x = 0;
  int y = 0;
  auto c = make_chan<int>(2);
  weft::wait_group wg;
  wg.go([&] {
    x = 1;  // race
    c.send(1);
  });
  wg.go([&] {
    y = 1;
    c.send(2);
  });
  window();
  if (*c.recv() == 2) {
    x = 2;  // race
  } else {
    c.recv();
    x = 2;
    x = 3;
  }
  wg.wait();
}

// E7: unbuffered, the receive comes before the end of its send.

CLEAN(receive_to_send_unbuffered) {  // Q006
  int x = 0;
  auto c = make_chan<int>();
  together(
      [&] {
        x = 1;
        c.recv();
      },
      [&] {
        c.send(1);
        x = 2;
      });
}

CLEAN(receive_to_send_when_the_receiver_parked_first) {
  int x = 0;
  auto c = make_chan<int>();
  together(
      [&] {
        x = 1;
        c.recv();
      },
      [&] {
        window();
        window();
        c.send(1);
        x = 2;
      });
}

RACY(receive_to_send_buffered) {  // Q008
  int x = 0;
  auto c = make_chan<int>(10);
  together(
      [&] {
        x = 1;  // race
        c.recv();
      },
      [&] {
        c.send(1);
        x = 2;  // race
      });
}

RACY(receive_to_send_buffered_with_a_parked_receiver) {  // Q008
  int x = 0;
  auto c = make_chan<int>(10);
  weft::wait_group wg;
  wg.go([&] {
    x = 1;  // race
    c.recv();
  });
  for (int i = 0; i < times(10); ++i) weft::yield();
  c.send(1);
  x = 2;  // race
  wg.wait();
}

RACY(a_write_after_the_receive_unbuffered) {
  int x = 0;
  auto c = make_chan<int>();
  together(
      [&] {
        c.recv();
        x = 1;  // race
      },
      [&] {
        c.send(1);
        x = 2;  // race
      });
}

// Q018, Q019: operands of sends, targets of receives.

RACY(the_operand_of_a_send) {
  int x = 0;
  auto c = make_chan<int>(1);
  together([&] { c.send(x); },  // race
           [&] { x = 1; });     // race
}

RACY(the_operand_of_a_try_send) {
  int x = 0;
  auto c = make_chan<int>(1);
  together([&] { c.try_send(x); },  // race
           [&] { x = 1; });         // race
}

RACY(the_moved_operand_of_a_send) {
  std::string x = "a text that needs an allocation of its own";
  std::size_t n = 0;
  auto c = make_chan<std::string>(1);
  together([&] { c.send(std::move(x)); },  // race
           [&] { n = x.size(); });         // race
  static_cast<void>(n);
}

RACY(the_target_of_a_receive) {
  int x = 0;
  auto c = make_chan<int>(1);
  c.send(1);
  together([&] { x = *c.recv(); },  // race
           [&] { x = 1; });         // race
}

CLEAN(operand_and_target_of_one_rendezvous) {
  int x = 0;
  auto c = make_chan<int>();
  together([&] { c.send(x); }, [&] { x = *c.recv(); });
}

RACY(operand_and_target_on_different_channels) {
  int x = 0;
  auto a = make_chan<int>(1);
  auto b = make_chan<int>(1);
  b.send(1);
  together([&] { a.send(x); },       // race
           [&] { x = *b.recv(); });  // race
}

// Q021: the handle is a variable like any other.

RACY(a_handle_is_assigned_while_another_sends) {
  auto c = make_chan<int>(1);
  auto other = make_chan<int>(1);
  together([&] { c = other; },   // race
           [&] { c.send(1); });  // race
}

RACY(a_handle_is_made_nil_while_another_receives) {
  auto c = make_chan<int>(1);
  c.send(1);
  const auto keep = c;
  together([&] { c = weft::chan<int>(); },             // race
           [&] { static_cast<void>(c.capacity()); });  // race
}

RACY(a_handle_is_assigned_while_another_closes) {
  auto c = make_chan<int>(1);
  auto other = make_chan<int>(1);
  together([&] { c = other; },   // race
           [&] { c.close(); });  // race
}

CLEAN(handles_are_copied_by_many) {
  auto c = make_chan<int>(4);
  auto work = [&] {
    auto mine = c;
    mine.send(1);
  };
  together(work, work, work);
}

CLEAN(the_last_handle_destroys_what_is_left) {
  auto c = make_chan<std::unique_ptr<std::string>>(4);
  auto work = [c] {
    c.send(std::make_unique<std::string>("a text that needs an allocation of its own"));
  };
  c = {};
  together(work, work);
}
