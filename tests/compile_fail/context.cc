// SPDX-License-Identifier: Apache-2.0
// Misuse of contexts and groups that must not compile: one line per BAD_ macro.
#include <weft/context.h>
#include <weft/group.h>

#include <memory>

struct name_key {
  using type = int;
};
struct not_a_key {};

void uses() {
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  const weft::context valued = weft::with_value<name_key>(ctx, 1);
  static_cast<void>(valued);
  weft::after_func(ctx, [only = std::make_unique<int>(1)] {});
  weft::cancel_scope scope(ctx);
  weft::group g(ctx);
#ifdef BAD_VALUE_WITHOUT_TYPE
  static_cast<void>(weft::with_value<not_a_key>(ctx, 1));
#endif
#ifdef BAD_VALUE_OF_OTHER_TYPE
  static_cast<void>(weft::with_value<name_key>(ctx, "text"));
#endif
#ifdef BAD_WRITE_TO_VALUE
  *valued.value<name_key>() = 2;
#endif
#ifdef BAD_SEND_ON_DONE
  ctx.done().send();
#endif
#ifdef BAD_CLOSE_OF_DONE
  ctx.done().close();
#endif
#ifdef BAD_COPY_OF_SCOPE
  weft::cancel_scope copy = scope;
#endif
#ifdef BAD_COPY_OF_GROUP
  weft::group copy = g;
#endif
#ifdef BAD_CAUSE_TO_PLAIN_CANCEL
  cancel(std::error_code());
#endif
#ifdef BAD_AFTER_FUNC_WITH_ARGUMENT
  weft::after_func(ctx, [](int) {});
#endif
#ifdef BAD_GROUP_GO_WITH_ARGUMENT
  g.go([](int) {});
#endif
}
