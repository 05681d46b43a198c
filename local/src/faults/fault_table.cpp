// SPDX-License-Identifier: Apache-2.0
#include "faults/fault_table.hpp"

#include <algorithm>
#include <charconv>

namespace dsql_local {
namespace {

constexpr std::array<std::string_view, fault_count> known_faults = {
    "data-conflict",        "schema-conflict",
    "cut-before-commit",    "cut-after-commit",
    "server-unavailable",   "server-unavailable-at-commit",
    "rate-exceeded",        "waking-up",
    "too-many-connections", "delay",
    "close-after"};

constexpr std::uint64_t max_delay = 3'600'000;  // ms

bool is_number(const std::string& text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end && number >= least && number <= most;
}

}  // namespace

std::string_view fault_name(fault which) {
    return known_faults.at(static_cast<std::size_t>(which));
}

std::optional<fault> find_fault(std::string_view name) {
    const auto* const found = std::find(known_faults.begin(), known_faults.end(), name);
    return found == known_faults.end()
               ? std::nullopt
               : std::optional(static_cast<fault>(found - known_faults.begin()));
}

std::string fault_names() {
    std::string text;
    for (const std::string_view name : known_faults) {
        text.append(text.empty() ? "" : ", ").append(name);
    }
    return text;
}

std::optional<std::string> find_value_error(fault which, const std::string& value) {
    if (which == fault::delay) {
        return is_number(value, 0, max_delay)
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
               : std::optional<std::string>(std::string(fault_name(which)) + " takes no value");
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

std::vector<fault_status> fault_table::list() const {
    const std::lock_guard lock(mutex_);
    std::vector<fault_status> found;
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
        std::uniform_real_distribution<>()(random_) >= set->setting.probability) {
        return std::nullopt;
    }
    ++set->strikes;
    if (set->setting.times) {
        --*set->setting.times;
    }
    return set->setting.value;
}

std::optional<fault_table::armed_setting> fault_table::peek(fault which) const {
    if (!may_strike(which)) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    const auto& set = entries_.at(static_cast<std::size_t>(which));
    return set ? std::optional(armed_setting{set->setting.value, set->serial}) : std::nullopt;
}

bool close_after_fault::cut(std::size_t& size) {
    const auto set = faults_.peek(fault::close_after);
    if (!set) {
        return false;
    }
    if (set->serial != serial_) {
        serial_ = set->serial;
        sent_ = 0;
        is_spared_ = false;
    }
    const std::uint64_t limit = std::stoull(set->value);
    const std::uint64_t left = limit - sent_;
    if (is_spared_ || size < left) {
        sent_ += is_spared_ ? 0 : size;
        return false;
    }
    is_spared_ = !faults_.strike(fault::close_after);
    if (!is_spared_) {
        size = static_cast<std::size_t>(left);  // not more than the size it had
    }
    return !is_spared_;
}

}  // namespace dsql_local
