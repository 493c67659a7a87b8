// SPDX-License-Identifier: Apache-2.0
// Lesson 28: cancellation and deadlines
//
// Contexts form a tree, as calls do: a server, its requests, their queries. What ends a context
// ends all below it, and nothing above or beside it. err() says how it ended, cancelled or late;
// cause() says why, in the words of whoever ended it, and the words go down the tree with the end.
// A child's deadline can only be sooner than its parent's.
//
// A goroutine is not killed, it is told: by an error from the blocking call that it is in, or by
// the channel done(). It then does what is to be done at the end, and returns. What came before the
// end is seen by whoever learns of it: the end is an edge, too.
//
// The rule for the program: every goroutine has a context above it, whoever makes a context ends it
// (cancel_scope cannot forget), and at the end the count of goroutines is what it was.
#include <weft/weft.h>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;

// [program]
void report(const char* name, const weft::context& ctx) {
  if (!ctx.err()) {
    std::printf("%-8s goes on%s\n", name, ctx.deadline() ? ", and has a deadline" : "");
  } else {
    std::printf("%-8s %s; cause: %s\n", name, ctx.err().message().c_str(),
                ctx.cause().message().c_str());
  }
}

void start_queries(const weft::context& request, weft::atomic<int>& told) {
  for (int q = 0; q < 3; ++q) {
    weft::go([request, &told] {
      auto answer = weft::make_chan<int>();  // nobody will ever send
      answer.recv(request);
      if (request.err()) ++told;
    });
  }
}

int main() {
  return weft::run([] {
    weft::atomic<int> told = 0;
    auto [server, stop_server] = weft::with_cancel_cause(weft::background());
    auto [hasty, cancel_hasty] = weft::with_timeout(server, 5ms);
    auto [calm, cancel_calm] = weft::with_timeout(server, 1h);
    auto [query, cancel_query] = weft::with_timeout(calm, 2h);  // no later than calm itself
    start_queries(hasty, told);
    start_queries(calm, told);
    std::printf("goroutines: %zu\n", weft::num_goroutines());
    std::printf("the query must end with its request: %s\n",
                query.deadline() == calm.deadline() ? "yes" : "no");

    hasty.done().recv();
    std::printf("\nafter 5 ms\n");
    report("server", server);
    report("hasty", hasty);
    report("calm", calm);

    stop_server(std::make_error_code(std::errc::no_space_on_device));
    std::printf("\nthe server stops\n");
    report("server", server);
    report("hasty", hasty);  // had ended before: nothing changes
    report("calm", calm);
    report("query", query);

    cancel_query();  // these change nothing either; they give back what a deadline holds
    cancel_calm();
    cancel_hasty();
    while (weft::num_goroutines() > 1) weft::yield();
    std::printf("\ntold to stop: %d; goroutines: %zu\n", told.load(), weft::num_goroutines());
  });
}
// [end]

// Output:
// goroutines: 7
// the query must end with its request: yes
//
// after 5 ms
// server   goes on
// hasty    context deadline exceeded; cause: context deadline exceeded
// calm     goes on, and has a deadline
//
// the server stops
// server   context canceled; cause: No space left on device
// hasty    context deadline exceeded; cause: context deadline exceeded
// calm     context canceled; cause: No space left on device
// query    context canceled; cause: No space left on device
//
// told to stop: 6; goroutines: 1
