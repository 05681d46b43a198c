// SPDX-License-Identifier: Apache-2.0
// Each use of the library with no free descriptor, with one, with two and so on. A call then fails
// with an error that the documentation names, or waits until its limit.
#include "scarcity/child.hpp"
#include "scarcity/world.hpp"
#include "support/without_descriptors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

namespace descriptors_test {

using namespace std::chrono_literals;

// How many free descriptors are tried; all that matter in scripts/full-check.
std::vector<std::size_t> free_descriptors() {
    return std::getenv("DSQL_TEST_FAILURES") == nullptr
               ? std::vector<std::size_t>{0, 2}
               : std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8};
}

bool is_documented(const std::exception& failure, const scarce_use& use) {
    const auto* const timed_out = dynamic_cast<const dsql::timeout_error*>(&failure);
    return timed_out != nullptr || !documented_class(failure, use).empty();
}

std::string complaint_with(world& on, const scarce_use& use, std::size_t left) {
    on.warm_up();
    try {
        std::optional<without_descriptors> few;
        use.run(on, [&few, left] { few.emplace(left); });
    } catch (const std::exception& failure) {
        if (!is_documented(failure, use)) {
            return std::string(typeid(failure).name()) + ": " + failure.what();
        }
    }
    return on.complaint();
}

class NoDescriptors : public testing::TestWithParam<scarce_use> {};

TEST_P(NoDescriptors, FailsWithADocumentedError) {
    const scarce_use& use = GetParam();
    EXPECT_EQ(complaint_of_child([&use]() -> std::string {
                  world on(300ms);
                  for (const std::size_t left : free_descriptors()) {
                      const std::string complaint = complaint_with(on, use, left);
                      if (!complaint.empty()) {
                          return std::to_string(left) + " descriptors: " + complaint;
                      }
                  }
                  return "";
              }),
              "")
        << use.name;
}

INSTANTIATE_TEST_SUITE_P(Scarcity, NoDescriptors, testing::ValuesIn(scarce_uses()),
                         [](const auto& tested) {
                             std::string name = tested.param.name;
                             std::replace_if(
                                 name.begin(), name.end(), [](char c) { return !std::isalnum(c); },
                                 '_');
                             return name;
                         });

}  // namespace descriptors_test
