// SPDX-License-Identifier: Apache-2.0
// Channel code that must not compile: one line per BAD_ macro. Without any, the file compiles.
#include <weft/chan.h>
#include <weft/select.h>

#include <memory>

struct throwing_move {
  throwing_move() = default;
  throwing_move(throwing_move&&) noexcept(false) {}
  throwing_move& operator=(throwing_move&&) noexcept(false) { return *this; }
};

struct too_large {
  char bytes[65536];
};

struct large_enough {
  char bytes[65535];
};

void uses() {
  weft::chan<int> c = weft::make_chan<int>();
  weft::sender<int> in = c;
  weft::receiver<int> out = c;
  in.send(1);
  static_cast<void>(out.recv());
  static_cast<void>(weft::make_chan<large_enough>());
  weft::chan<std::unique_ptr<int>> owners = weft::make_chan<std::unique_ptr<int>>(1);
  owners.send(std::make_unique<int>(1));
#ifdef BAD_SEND_ON_RECEIVER
  out.send(1);
#endif
#ifdef BAD_RECEIVE_FROM_SENDER
  static_cast<void>(in.recv());
#endif
#ifdef BAD_CLOSE_OF_RECEIVER
  out.close();
#endif
#ifdef BAD_RANGE_OVER_SENDER
  for (int v : in) static_cast<void>(v);
#endif
#ifdef BAD_RANGE_OVER_VOID
  for (auto v : weft::make_chan<void>()) static_cast<void>(v);
#endif
#ifdef BAD_CHAN_FROM_RECEIVER
  c = out;
#endif
#ifdef BAD_SENDER_FROM_RECEIVER
  in = out;
#endif
#ifdef BAD_ELEMENT_TYPE_MIXED
  weft::chan<long> d = c;
#endif
#ifdef BAD_THROWING_MOVE
  static_cast<void>(weft::make_chan<throwing_move>());
#endif
#ifdef BAD_TOO_LARGE
  static_cast<void>(weft::make_chan<too_large>());
#endif
#ifdef BAD_REFERENCE_ELEMENT
  static_cast<void>(weft::make_chan<int&>());
#endif
#ifdef BAD_COPY_OF_MOVE_ONLY
  const auto owner = std::make_unique<int>(2);
  owners.send(owner);
#endif
#ifdef BAD_COMPARISON
  static_cast<void>(c == weft::make_chan<long>());
#endif
}
