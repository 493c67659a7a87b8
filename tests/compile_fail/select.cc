// SPDX-License-Identifier: Apache-2.0
// select code that must not compile: one line per BAD_ macro. Without any, the file compiles.
#include <weft/chan.h>
#include <weft/select.h>

#include <memory>

void uses() {
  const weft::chan<int> c = weft::make_chan<int>(1);
  const weft::sender<int> in = c;
  const weft::receiver<int> out = c;
  weft::select(weft::on_send(in, 1), weft::on_recv(out), weft::otherwise([] {}));
#ifdef BAD_RECEIVE_CASE_OF_SENDER
  weft::select(weft::on_recv(in));
#endif
#ifdef BAD_SEND_CASE_OF_RECEIVER
  weft::select(weft::on_send(out, 1));
#endif
#ifdef BAD_HANDLER_ARGUMENT
  weft::select(weft::on_recv(c, [](std::unique_ptr<int>) {}));
#endif
#ifdef BAD_SEND_HANDLER_ARGUMENT
  weft::select(weft::on_send(c, 1, [](int) {}));
#endif
#ifdef BAD_VALUE_TYPE
  weft::select(weft::on_send(c, std::make_unique<int>(1)));
#endif
#ifdef BAD_TWO_DEFAULTS
  weft::select(weft::otherwise([] {}), weft::otherwise([] {}));
#endif
#ifdef BAD_NOT_A_CASE
  weft::select(c);
#endif
}
