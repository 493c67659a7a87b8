// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/context.md.
#include <weft/weft.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace {
using namespace std::chrono_literals;

// [key]
struct user_name {
  using type = std::string;
};

void greet(const weft::context& ctx) {
  if (const std::string* name = ctx.value<user_name>()) std::printf("hello, %s\n", name->c_str());
}
// [end]
}  // namespace

int main() {
  return weft::run([] {
    // [tree]
    auto [request, cancel] = weft::with_timeout(weft::background(), 1h);
    auto [query, cancel_query] = weft::with_cancel_cause(request);
    cancel_query(std::make_error_code(std::errc::connection_reset));
    std::printf("%s; %s\n", query.err().message().c_str(), query.cause().message().c_str());
    std::printf("the request %s\n", request.err() ? "has ended" : "goes on");
    cancel();
    // [end]
    // [use]
    greet(weft::with_value<user_name>(request, "ada"));
    // [end]
    // [blocking]
    const auto queue = weft::make_chan<int>();
    auto [soon, cancel_soon] = weft::with_timeout(weft::background(), 2ms);
    std::error_code sent = queue.send(1, soon);
    std::optional<int> received = queue.recv(soon);
    std::printf("%s; received %s\n", sent.message().c_str(), received ? "a value" : "nothing");
    // [end]
    // [after_func]
    auto [ctx, end] = weft::with_cancel(weft::background());
    const auto closed = weft::make_chan<void>();
    weft::stop_function stop = weft::after_func(ctx, [closed] { closed.send(); });
    end();
    closed.recv();
    std::printf("%s\n", stop() ? "stopped in time" : "it has been started");
    // [end]
  });
}

// Output:
// context canceled; Connection reset by peer
// the request goes on
// hello, ada
// context deadline exceeded; received nothing
// it has been started
