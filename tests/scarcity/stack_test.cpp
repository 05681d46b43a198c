// SPDX-License-Identifier: Apache-2.0
// The library on a thread with little stack: as much as a thread of musl has, and the library's own
// code is not optimized. What it is given may be nested deeply.
#include "pg/sql/statement_traits.hpp"
#include "scarcity/child.hpp"
#include "scarcity/world.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

namespace stack_test {

constexpr std::size_t little = 128 * 1024;

// Runs `work` on a thread with little stack and returns its complaint.
std::string complaint_on_little_stack(const std::function<std::string()>& work) {
    struct call {
        const std::function<std::string()>& work;
        std::string complaint{};
    } called{work};
    pthread_attr_t attributes{};
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, little);
    pthread_t thread{};
    const auto run = [](void* argument) -> void* {
        call& own = *static_cast<call*>(argument);
        try {
            own.complaint = own.work();
        } catch (const std::exception& failure) {
            own.complaint = failure.what();
        }
        return nullptr;
    };
    if (pthread_create(&thread, &attributes, run, &called) != 0) {
        throw std::runtime_error("no thread");
    }
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
    return called.complaint;
}

TEST(LittleStack, IsEnoughForEachUse) {
    EXPECT_EQ(complaint_of_child([] {
                  return complaint_on_little_stack([]() -> std::string {
                      world on;
                      for (const scarce_use& use : scarce_uses()) {
                          on.warm_up();
                          use.run(on, [] {});
                      }
                      return on.complaint();
                  });
              }),
              "");
}

// What the library reads of a statement before it sends it.
TEST(LittleStack, IsEnoughForAStatementThatIsNestedDeeply) {
    for (const char* const bracket : {"(", "[", "/*", "CASE WHEN ", "$1::", "'", "E'\\", "$a$"}) {
        EXPECT_EQ(complaint_of_child([bracket] {
                      std::string text = "SELECT ";
                      for (int i = 0; i < 100'000; ++i) {
                          text += bracket;
                      }
                      return complaint_on_little_stack([&text]() -> std::string {
                          return dsql::pg::traits_of(text).ends_transaction ? "ends it" : "";
                      });
                  }),
                  "")
            << bracket;
    }
}

}  // namespace stack_test
