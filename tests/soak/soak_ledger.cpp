// SPDX-License-Identifier: Apache-2.0
#include "soak/soak_ledger.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace pool_soak {

namespace {

using numbers = std::vector<std::int64_t>;

numbers sorted(numbers all) {
    std::sort(all.begin(), all.end());
    return all;
}

// Returns the elements of `all` without those of `taken`. Counts duplicates.
numbers without(const numbers& all, const numbers& taken) {
    numbers rest;
    std::set_difference(all.begin(), all.end(), taken.begin(), taken.end(),
                        std::back_inserter(rest));
    return rest;
}

numbers both(const numbers& some, const numbers& others) {
    numbers all;
    std::merge(some.begin(), some.end(), others.begin(), others.end(), std::back_inserter(all));
    return all;
}

}  // namespace

void soak_ledger::add(std::vector<std::int64_t>& to, std::int64_t row) {
    const std::lock_guard lock(mutex_);
    to.push_back(row);
}

void soak_ledger::failed(const std::string& kind) {
    const std::lock_guard lock(mutex_);
    ++failures_[kind];
}

void soak_ledger::wrong(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++wrongs_[what];
}

bool soak_ledger::balance(dsql::connection& reader) {
    const std::lock_guard lock(mutex_);
    const auto there = sorted(reader.query_all<std::int64_t>("SELECT n FROM soak"));
    const auto written = sorted(written_);
    const auto expected = both(written, sorted(unknown_));
    const auto lost = without(written, there).size();
    const auto unasked = without(there, expected).size();
    std::printf("rows: %zu written, %zu with no answer, %zu there; %zu lost, %zu not expected\n",
                written_.size(), unknown_.size(), there.size(), lost, unasked);
    for (const auto& [kind, times] : failures_) {
        std::printf("errors: %6d x %s\n", times, kind.c_str());
    }
    for (const auto& [what, times] : wrongs_) {
        std::printf("WRONG: %6d x %s\n", times, what.c_str());
    }
    return lost == 0 && unasked == 0 && wrongs_.empty() && !written_.empty();
}

}  // namespace pool_soak
