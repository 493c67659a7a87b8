// SPDX-License-Identifier: Apache-2.0
// split_table.cc: changes of the list, and growth.                                    Floor 5.

#include <weft/detail/lib/split_table.h>

#include <new>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

std::uintptr_t word_of(const split_table::link& l) noexcept {
  return reinterpret_cast<std::uintptr_t>(&l);
}

}  // namespace

split_table::split_table(const retired_nodes::traits& t) noexcept : traits_(t), retired_(t) {
  end_.order.store(k_end_order);
  first_[0].next.store(word_of(end_));
}

split_table::~split_table() {
  for (std::uintptr_t word = first_[0].next.load(); word != word_of(end_);) {
    auto* l = reinterpret_cast<link*>(word);
    word = l->next.load() & ~k_deleted;
    if (is_node(l->order.load())) traits_.destroy(static_cast<node*>(l));
  }
  for (shared_word<link*>& level : levels_) delete[] level.load();
}

void split_table::clear() {
  generation_.fetch_add(1);
  cursor(*this).sweep(0, k_end_order - 1);
  retired_.reclaim();
}

void split_table::count_in(std::uint64_t order) noexcept {
  if (!is_counted(order)) return;
  std::size_t n = count_.fetch_add(1) + 1;
  // [SM-16] relaxed: grow() looks again.
  unsigned level = level_.load(relaxed);
  if (n * k_share_counted > std::size_t{1} << level) grow(level);
}

void split_table::count_out(std::uint64_t order) noexcept {
  if (is_counted(order)) count_.fetch_sub(1);
}

void split_table::grow(unsigned level) noexcept {
  if (level >= k_last_level || growing_.exchange(true)) return;
  if (level_.load() == level) {
    if (auto* more = new (std::nothrow) link[std::size_t{1} << level]) {
      // [SM-12] release; pairs with the acquire [SM-11].
      levels_[level - k_first_level].store(more, release);
      // [SM-14] release; pairs with the acquire [SM-13].
      level_.store(level + 1, release);
    }
  }
  growing_.store(false);
}

split_table::cursor::~cursor() {
  hazards_.drop();
  while (unlinked_ != nullptr)
    table_.retired_.add(*std::exchange(unlinked_, unlinked_->next_retired));
}

bool split_table::cursor::insert(node& n) noexcept {
  std::uint64_t order = n.order.load(relaxed);  // [SM-21] relaxed: constant.
  n.generation = generation_;
  n.next.store(word_, relaxed);  // [SM-17] relaxed: not linked yet.
  // [SM-4] release; pairs with the acquire [SM-1], [SM-2], [SM-3]. Publishes: the node.
  if (!prev_->compare_exchange_strong(word_, word_of(n), release, relaxed)) return false;
  table_.count_in(order);
  return true;
}

bool split_table::cursor::replace(node& n) noexcept {
  n.generation = generation_;
  n.next.store(next_, relaxed);  // [SM-18] relaxed: not linked yet.
  std::uintptr_t next = next_;
  // [SM-5] release; pairs with the acquire [SM-1], [SM-2], [SM-3]. Publishes: the node.
  if (!current_->next.compare_exchange_strong(next, word_of(n) | k_deleted, acq_rel, relaxed))
    return false;
  if (!unlink(word_of(n))) sweep(order_, order_);
  return true;
}

bool split_table::cursor::erase() noexcept {
  std::uintptr_t next = next_;
  // [SM-6] release; pairs with the acquire [SM-1], [SM-2], [SM-3].
  if (!current_->next.compare_exchange_strong(next, next_ | k_deleted, acq_rel, relaxed))
    return false;
  table_.count_out(order_);
  if (!unlink(next_)) sweep(order_, order_);
  return true;
}

// The current node is deleted, or of another generation. False: the place is lost.
bool split_table::cursor::tidy() noexcept {
  if ((next_ & k_deleted) != 0) return unlink(next_ & ~k_deleted);
  bool is_older = static_cast<std::int32_t>(current().generation - generation_) < 0;
  if (!is_older) return false;
  std::uintptr_t next = next_;
  // [SM-9] release; pairs with the acquire [SM-1], [SM-2], [SM-3].
  if (current_->next.compare_exchange_strong(next, next_ | k_deleted, acq_rel, relaxed))
    table_.count_out(order_);
  return true;
}

bool split_table::cursor::unlink(std::uintptr_t to) noexcept {
  std::uintptr_t word = word_;
  // [SM-7] release; pairs with the acquire [SM-1], [SM-2], [SM-3]: what `to` points to.
  if (!prev_->compare_exchange_strong(word, to, acq_rel, relaxed)) return false;
  word_ = to;
  node& n = current();
  n.next_retired = unlinked_;
  unlinked_ = &n;
  return true;
}

// Unlinks what is deleted from order `first` to order `last`.
void split_table::cursor::sweep(std::uint64_t first, std::uint64_t last) noexcept {
  for (;;) {
    bool here = start(first);
    while (here && order_ <= last) {
      first = order_;
      here = advance();
    }
    if (here) return;
  }
}

// A bucket at or before this one that is ready; this one, if nobody else is about to link it in.
split_table::link& split_table::cursor::make_ready(unsigned level, std::uint64_t index) noexcept {
  link& b = table_.bucket_at(level, index);
  // [SM-15] again.
  std::uint64_t state = b.order.load(acquire);
  if (is_ready(index, state)) return b;
  // The one that this one was split off from.
  link& from = make_ready(level, index & (index - 1));
  std::uint64_t order = index << (64 - level);
  if (state != 0 || !b.order.compare_exchange_strong(state, order | k_claimed)) return from;
  link_in(b, order, from);
  return b;
}

void split_table::cursor::link_in(link& bucket, std::uint64_t order, link& from) noexcept {
  for (;;) {
    generation_ = table_.generation_.load();
    if (!walk(from, order)) continue;
    bucket.next.store(word_, relaxed);  // [SM-19] relaxed: not linked yet.
    // [SM-20] release; pairs with the acquire [SM-1], [SM-2], [SM-3]. Publishes: the bucket.
    if (prev_->compare_exchange_strong(word_, word_of(bucket), release, relaxed)) break;
  }
  // [SM-8] release; pairs with the acquire [SM-15].
  bucket.order.store(order, release);
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
