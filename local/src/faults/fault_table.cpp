// SPDX-License-Identifier: Apache-2.0
#include "faults/fault_table.hpp"

#include <algorithm>
#include <charconv>

namespace dsql_local {
namespace {

constexpr std::array<std::string_view, fault_count> names_of_faults = {
    "data-conflict",        "schema-conflict",
    "cut-before-commit",    "cut-after-commit",
    "server-unavailable",   "server-unavailable-at-commit",
    "rate-exceeded",        "waking-up",
    "too-many-connections", "delay",
    "close-after"};

constexpr std::uint64_t longest_delay = 3'600'000;  // ms

bool is_number(const std::string& text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end && number >= least && number <= most;
}

}  // namespace

std::string_view name_of(fault which) {
    return names_of_faults.at(static_cast<std::size_t>(which));
}

std::optional<fault> find_fault(std::string_view name) {
    const auto* const found = std::find(names_of_faults.begin(), names_of_faults.end(), name);
    return found == names_of_faults.end()
               ? std::nullopt
               : std::optional(static_cast<fault>(found - names_of_faults.begin()));
}

std::string fault_names() {
    std::string text;
    for (const std::string_view name : names_of_faults) {
        text.append(text.empty() ? "" : ", ").append(name);
    }
    return text;
}

std::optional<std::string> find_value_error(fault which, const std::string& value) {
    if (which == fault::delay) {
        return is_number(value, 0, longest_delay)
                   ? std::nullopt
                   : std::optional<std::string>("delay needs a value of 0 to 3600000 ms");
    }
    if (which == fault::close_after) {
        return is_number(value, 1, UINT64_MAX)
                   ? std::nullopt
                   : std::optional<std::string>("close-after needs a value of 1 byte or more");
    }
    if (which == fault::server_unavailable_at_commit) {
        return value.empty() || value == "committed" || value == "rolled-back"
                   ? std::nullopt
                   : std::optional<std::string>(
                         "server-unavailable-at-commit has the values committed and rolled-back");
    }
    return value.empty()
               ? std::nullopt
               : std::optional<std::string>(std::string(name_of(which)) + " takes no value");
}

void fault_table::set(fault which, const fault_setting& setting) {
    const std::lock_guard lock(mutex_);
    entries_.at(static_cast<std::size_t>(which)) =
        entry{.setting = setting, .strikes = 0, .serial = next_serial_++};
    set_.fetch_or(bit_of(which), std::memory_order_relaxed);
}

void fault_table::clear(fault which) {
    const std::lock_guard lock(mutex_);
    set_.fetch_and(~bit_of(which), std::memory_order_relaxed);
    entries_.at(static_cast<std::size_t>(which)).reset();
}

void fault_table::clear_all() {
    const std::lock_guard lock(mutex_);
    set_.store(0, std::memory_order_relaxed);
    entries_ = {};
}

std::vector<listed_fault> fault_table::list() const {
    const std::lock_guard lock(mutex_);
    std::vector<listed_fault> found;
    for (std::size_t i = 0; i < fault_count; ++i) {
        if (const auto& set = entries_.at(i)) {
            found.push_back(
                {.which = static_cast<fault>(i), .setting = set->setting, .strikes = set->strikes});
        }
    }
    return found;
}

std::optional<std::string> fault_table::strike(fault which) {
    if (!may_strike(which)) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    auto& set = entries_.at(static_cast<std::size_t>(which));
    if (!set || set->setting.times == 0 ||
        std::uniform_real_distribution<>()(dice_) >= set->setting.probability) {
        return std::nullopt;
    }
    ++set->strikes;
    if (set->setting.times) {
        --*set->setting.times;
    }
    return set->setting.value;
}

std::optional<fault_table::peeked> fault_table::peek(fault which) const {
    if (!may_strike(which)) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    const auto& set = entries_.at(static_cast<std::size_t>(which));
    return set ? std::optional(peeked{set->setting.value, set->serial}) : std::nullopt;
}

}  // namespace dsql_local
