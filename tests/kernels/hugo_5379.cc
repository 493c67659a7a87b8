// SPDX-License-Identifier: Apache-2.0
// hugo_5379.cc: the content of a page is made under a lock, and a shortcode in it asks for the
// number of words of the same page, which takes the lock once more. Repair: whoever is inside
// already says so.

#include "kernels/kernel.h"

#include <functional>
#include <map>
#include <system_error>

namespace kernels::hugo_5379 {
namespace {

struct page;

// A map of functions that render, as the shortcodes of a page are.
struct shortcodes {
  weft::once init;
  std::map<int, std::function<void()>> all;
  std::map<int, std::function<void()>> changed;

  void update(const std::shared_ptr<page>& p);
  void execute() {
    for (auto& [key, render] : changed) render();
  }
};

struct page {
  bool repaired;
  weft::once content_init;
  weft::once plain_init;
  weft::mutex content_mu;
  shortcodes codes;
  int words = 0;

  explicit page(bool r) : repaired(r) {}

  void word_count(const std::shared_ptr<page>& self) {
    init_content(self);
    init_plain(true);
  }
  // What a page sees of itself when it is rendered: the content is not its business.
  void word_count_inside() { init_plain(false); }

  void init_plain(bool lock) {
    plain_init.call([&] {
      if (lock) content_mu.lock();
      words = 1;
      if (lock) content_mu.unlock();
    });
  }

  void init_content(const std::shared_ptr<page>& self) {
    content_init.call([&] {
      auto [ctx, cancel] = weft::with_timeout(weft::background(), 1ms);
      auto made = weft::make_chan<std::error_code>(1);
      weft::go({.name = "content"}, [self, made] {
        self->content_mu.lock();
        self->codes.execute();
        made.send(std::error_code());
        self->content_mu.unlock();
      });
      weft::select(weft::on_recv(ctx.done()), weft::on_recv(made));
      cancel();
    });
  }
};

void shortcodes::update(const std::shared_ptr<page>& p) {
  init.call([&] {
    all[0] = [self = p.get(), whole = std::weak_ptr(p)] {
      if (self->repaired) {
        self->word_count_inside();
      } else {
        self->word_count(whole.lock());
      }
    };
  });
  changed = all;
}

void body(bool repaired) {
  auto p = std::make_shared<page>(repaired);
  p->codes.update(p);
  auto workers = std::make_shared<weft::wait_group>();
  for (const char* name : {"left", "right"}) {
    workers->add(1);
    weft::go({.name = name}, [=] {
      p->word_count(p);
      workers->done();
    });
  }
  workers->wait();
}

const registration entry(
    {"hugo/5379", "double lock", verdict::deadlock, {"main:W content:L left:L right:L"}, body});

}  // namespace
}  // namespace kernels::hugo_5379
