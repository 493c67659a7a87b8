// SPDX-License-Identifier: Apache-2.0
#pragma once
// machine: the runtime that ships, with its workers for threads of a model.
//
// park.cc, find_work.cc, idle.cc, spawn.cc and what they call are compiled here as they are, but
// for the switch of stacks: a goroutine of the machine is a function that is called again each time
// that it runs on, and told how often that has been. What it owns while it runs stands for its
// stack, so that two threads on one stack are noticed.
//
// Of the runtime's own types there is none here: the checker has some of the same names.

#include "model/machine_host.h"

#include <functional>
#include <initializer_list>

namespace weft_model {

class machine {
 public:
  static constexpr unsigned k_most_goroutines = 6;

  /// One at a time. The workers' processors are live, their threads not yet running.
  explicit machine(unsigned workers);
  ~machine();
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;

  /// What goroutine g, counted from 0 in this order, does when it runs for the first time, and each
  /// time after that; it ends when it returns.
  using body_fn = std::function<void(unsigned turn)>;
  void body(unsigned g, body_fn f);

  // By a thread.
  /// Worker w's thread, for ever: it begins by looking for work.
  void work(unsigned w);
  /// Worker w's thread, which starts these, the last of which will run first, runs what its own
  /// queues hold, and is left again.
  void work_once(unsigned w, std::initializer_list<unsigned> gs);
  /// The same, but that it begins with what it finds in the queue of worker `victim`.
  void steal_once(unsigned w, unsigned victim);
  /// Starts g, from a plain thread or from a goroutine of the machine.
  void spawn(unsigned g);

  // By goroutines of the machine; what parks does not return.
  void park(host::mutex& l);
  void yield();
  /// ready() of one that has parked. By plain threads too.
  void ready(unsigned g);

  // A line of those who wait for a notification or for the end of a context.
  /// By goroutine g: it is in line from now on, unless the context has ended.
  bool join(unsigned g);
  /// After that; it does not return.
  void wait(unsigned g);
  /// The first thing when it runs on: has it been notified?
  bool notified(unsigned g);
  /// By anybody.
  bool notify_one();
  void cancel();

  /// By a plain thread, as dumps of goroutines do: looks at the stack of g, if nobody is on it.
  void look_at(unsigned g);

  // By the model's main goroutine, when all is still.
  /// Every goroutine spawned has ended, and no queue holds anything. The workers sleep for good.
  void end();
};

}  // namespace weft_model
