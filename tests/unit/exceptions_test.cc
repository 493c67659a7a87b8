// SPDX-License-Identifier: Apache-2.0
// Exceptions carried across switches: each goroutine has its own, wherever it wakes up.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/select.h>

#include <exception>
#include <stdexcept>
#include <string>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class Exceptions : public with_procs {};
WEFT_INSTANTIATE_PROCS(Exceptions);

[[gnu::noinline]] int uncaught() {
  asm volatile("" ::: "memory");
  return std::uncaught_exceptions();
}

void wander() {
  weft::yield();
  weft::sleep_for(50us);
  weft::yield();
}

TEST_P(Exceptions, AParkInsideAHandlerKeepsTheCaughtException) {
  run([] {
    crew all;
    for (int g = 0; g < 16; ++g) {
      all.go([g] {
        for (int i = 0; i < 20; ++i) {
          const std::string mine = std::to_string(g) + "/" + std::to_string(i);
          try {
            throw std::runtime_error(mine);
          } catch (const std::runtime_error& e) {
            wander();
            ASSERT_EQ(e.what(), mine);
          }
          wander();
        }
      });
    }
  });
}

TEST_P(Exceptions, ARethrowAfterAParkThrowsTheSame) {
  run([] {
    crew all;
    for (int g = 0; g < 16; ++g) {
      all.go([g] {
        for (int i = 0; i < 10; ++i) {
          try {
            try {
              throw g * 100 + i;
            } catch (int) {
              wander();
              throw;
            }
          } catch (int n) {
            ASSERT_EQ(n, g * 100 + i);
          }
        }
      });
    }
  });
}

TEST_P(Exceptions, CurrentExceptionIsTheGoroutinesOwn) {
  run([] {
    crew all;
    for (int g = 0; g < 8; ++g) {
      all.go([g] {
        EXPECT_EQ(std::current_exception(), nullptr);
        try {
          throw g;
        } catch (...) {
          wander();
          const auto mine = std::current_exception();
          ASSERT_NE(mine, nullptr);
          wander();
          try {
            std::rethrow_exception(mine);
          } catch (int n) {
            ASSERT_EQ(n, g);
          }
        }
        wander();
        EXPECT_EQ(std::current_exception(), nullptr);
      });
    }
  });
}

TEST_P(Exceptions, NestedHandlersParkAtEveryLevel) {
  run([] {
    crew all;
    for (int g = 0; g < 8; ++g) {
      all.go([g] {
        try {
          throw g;
        } catch (int outer) {
          wander();
          try {
            throw std::to_string(g);
          } catch (const std::string& inner) {
            wander();
            ASSERT_EQ(inner, std::to_string(outer));
          }
          wander();
          ASSERT_EQ(outer, g);
        }
      });
    }
  });
}

TEST_P(Exceptions, ADestructorMayParkWhileItUnwinds) {
  struct parks {
    int expected;
    ~parks() {
      EXPECT_EQ(uncaught(), expected);
      wander();
      EXPECT_EQ(uncaught(), expected);
      try {
        throw 1;
      } catch (int) {
        wander();
      }
      EXPECT_EQ(uncaught(), expected);
    }
  };
  run([] {
    crew all;
    for (int g = 0; g < 8; ++g) {
      all.go([g] {
        for (int i = 0; i < 5; ++i) {
          try {
            const parks a{1};
            const parks b{1};
            throw g;
          } catch (int n) {
            ASSERT_EQ(n, g);
          }
          const parks quiet{0};
          EXPECT_EQ(uncaught(), 0);
        }
      });
    }
  });
}

TEST_P(Exceptions, UncaughtExceptionsBalance) {
  run([] {
    crew all;
    const auto c = weft::make_chan<int>();
    for (int g = 0; g < 4; ++g) {
      all.go([&, g] {
        for (int i = 0; i < 50; ++i) {
          try {
            if (g % 2 == 0) {
              c.send(i);
            } else {
              static_cast<void>(c.recv());
            }
            throw std::runtime_error("x");
          } catch (const std::exception&) {
            ASSERT_EQ(uncaught(), 0);
          }
        }
      });
    }
    all.join();
    EXPECT_EQ(uncaught(), 0);
  });
  EXPECT_EQ(uncaught(), 0);
}

TEST_P(Exceptions, AnExceptionPointerTravelsBetweenGoroutines) {
  run([] {
    const auto errors = weft::make_chan<std::exception_ptr>(1);
    crew all;
    for (int g = 0; g < 4; ++g) {
      all.go([errors, g] {
        try {
          throw std::runtime_error("from " + std::to_string(g));
        } catch (...) {
          errors.send(std::current_exception());
        }
      });
    }
    for (int g = 0; g < 4; ++g) {
      const auto error = errors.recv().value();
      try {
        std::rethrow_exception(error);
      } catch (const std::runtime_error& e) {
        wander();
        EXPECT_TRUE(std::string(e.what()).starts_with("from "));
      }
    }
  });
}

TEST_P(Exceptions, APanicIsCaughtLikeAnyException) {
  run([] {
    const auto c = weft::make_chan<int>();
    c.close();
    try {
      c.send(1);
      ADD_FAILURE() << "no panic";
    } catch (const std::exception& e) {
      wander();
      EXPECT_STREQ(e.what(), "send on closed channel");
    }
    EXPECT_THROW(c.close(), weft::panic);
  });
}

TEST_P(Exceptions, TheyAlsoCrossBlocking) {
  run([] {
    crew all;
    for (int g = 0; g < 8; ++g) {
      all.go([g] {
        try {
          throw g;
        } catch (int n) {
          weft::blocking([] { std::this_thread::sleep_for(200us); });
          ASSERT_EQ(n, g);
          try {
            weft::blocking([g] { throw g + 1; });
          } catch (int m) {
            wander();
            ASSERT_EQ(m, g + 1);
          }
          ASSERT_EQ(n, g);
        }
      });
    }
  });
}

}  // namespace
}  // namespace weft_test
