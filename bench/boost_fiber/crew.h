// SPDX-License-Identifier: Apache-2.0
#pragma once
// crew.h: the threads that run fibers, all under one of Boost.Fiber's own schedulers. One crew per
// process: the schedulers keep their threads in static members.

#include <boost/fiber/all.hpp>

#include <thread>
#include <vector>

namespace bench {

enum class scheduler {
  round_robin,            // one thread, whatever the processor count: the default of Boost.Fiber
  shared_work,            // one queue for all threads; a thread with nothing to run spins
  shared_work_suspend,    // ... sleeps
  work_stealing,          // a queue for each thread; one that runs dry steals, and spins
  work_stealing_suspend,  // ... and sleeps; a fiber made ready elsewhere does not wake it, so it
                          // may sleep long
};

class crew {
 public:
  crew(scheduler kind, unsigned procs) {
    const unsigned threads = kind == scheduler::round_robin ? 1 : procs;
    for (unsigned i = 1; i < threads; ++i) {
      others_.emplace_back([=, this] {
        join_scheduler(kind, threads);
        std::unique_lock lock(mutex_);
        finished_.wait(lock, [this] { return over_; });
      });
    }
    join_scheduler(kind, threads);
  }

  ~crew() {
    {
      std::scoped_lock lock(mutex_);
      over_ = true;
    }
    finished_.notify_all();
    for (auto& thread : others_) thread.join();
  }

 private:
  static void join_scheduler(scheduler kind, unsigned threads) {
    using namespace boost::fibers;
    const bool suspend =
        kind == scheduler::shared_work_suspend || kind == scheduler::work_stealing_suspend;
    if (kind == scheduler::shared_work || kind == scheduler::shared_work_suspend) {
      use_scheduling_algorithm<algo::shared_work>(suspend);
    } else if (kind != scheduler::round_robin) {
      use_scheduling_algorithm<algo::work_stealing>(threads, suspend);
    }
  }

  std::vector<std::thread> others_;
  boost::fibers::mutex mutex_;  // guards over_
  boost::fibers::condition_variable_any finished_;
  bool over_ = false;
};

}  // namespace bench
