// SPDX-License-Identifier: Apache-2.0
#pragma once
// channel.h: the channel one writes with a mutex and condition variables. Capacity 0: send returns
// once its value has been taken, as Go's unbuffered channel.

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace bench {

template <class T>
class channel {
 public:
  explicit channel(std::size_t capacity = 0)
      : rendezvous_(capacity == 0), ring_(rendezvous_ ? 1 : capacity) {}

  void send(T value) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return size_ < ring_.size(); });
    ring_[(head_ + size_) % ring_.size()] = std::move(value);
    ++size_;
    const std::size_t mine = ++sent_;
    not_empty_.notify_one();
    if (rendezvous_) taken_.wait(lock, [&] { return received_ >= mine; });
  }

  // Nothing: the channel is closed and drained.
  std::optional<T> receive() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return size_ > 0 || closed_; });
    if (size_ == 0) return std::nullopt;
    std::optional<T> value(std::move(ring_[head_]));
    head_ = (head_ + 1) % ring_.size();
    --size_;
    ++received_;
    not_full_.notify_one();
    if (rendezvous_) taken_.notify_all();
    return value;
  }

  void close() {
    std::scoped_lock lock(mutex_);
    closed_ = true;
    not_empty_.notify_all();
  }

 private:
  std::mutex mutex_;  // guards all below
  std::condition_variable not_full_, not_empty_, taken_;
  const bool rendezvous_;
  std::vector<T> ring_;
  std::size_t head_ = 0, size_ = 0;
  std::size_t sent_ = 0, received_ = 0;
  bool closed_ = false;
};

}  // namespace bench
