// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/condition_variable.md.
#include <weft/weft.h>

#include <cstdio>
#include <deque>
#include <mutex>

using namespace std::chrono_literals;

namespace {
// [use]
class mailbox {
 public:
  void put(int letter) {
    std::scoped_lock hold(lock_);
    letters_.push_back(letter);
    arrived_.notify_one();
  }
  int take() {
    std::unique_lock hold(lock_);
    arrived_.wait(hold, [this] { return !letters_.empty(); });
    return pop();
  }
  std::optional<int> take(const weft::context& ctx) {
    std::unique_lock hold(lock_);
    if (arrived_.wait(hold, [this] { return !letters_.empty(); }, ctx)) return std::nullopt;
    return pop();
  }

 private:
  int pop() {
    int letter = letters_.front();
    letters_.pop_front();
    return letter;
  }
  weft::mutex lock_;  // guards letters_
  weft::condition_variable arrived_;
  std::deque<int> letters_;
};
// [end]
}  // namespace

int main() {
  return weft::run([] {
    mailbox box;
    weft::wait_group sender;
    sender.go([&box] { box.put(7); });
    std::printf("letter %d\n", box.take());
    auto [soon, cancel] = weft::with_timeout(weft::background(), 2ms);
    std::printf("%s\n", box.take(soon) ? "another" : "no more today");
    cancel();
    sender.wait();
  });
}

// Output:
// letter 7
// no more today
