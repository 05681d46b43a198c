// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// What can be made to go wrong. The names are in docs/dsql-local.md.
enum class fault {
    data_conflict,
    schema_conflict,
    cut_before_commit,
    cut_after_commit,
    server_unavailable,
    server_unavailable_at_commit,
    rate_exceeded,
    waking_up,
    too_many_connections,
    delay,
    close_after,
};
constexpr std::size_t fault_count = 11;

/// `data-conflict` and so on.
std::string_view name_of(fault which);
std::optional<fault> find_fault(std::string_view name);
/// All names, with commas between them.
std::string fault_names();

/// When and how a fault strikes.
struct fault_setting {
    double probability = 1;                   ///< above 0, at most 1
    std::optional<std::uint64_t> times = {};  ///< how often it may yet strike; none: no end
    std::string value = {};                   ///< what it means depends on the fault
};

/// What is wrong with the value for that fault; std::nullopt: nothing.
std::optional<std::string> find_value_error(fault which, const std::string& value);

/// A fault that is set, as `dsql-local fault list` shows it.
struct listed_fault {
    fault which = {};
    fault_setting setting = {};
    std::uint64_t strikes = 0;
};

/// The faults that are set, for all sessions of an endpoint. Safe from any thread; as long as none
/// is set, asking costs one relaxed load.
class fault_table {
public:
    /// `seed` decides how the dice of the probabilities fall.
    explicit fault_table(std::uint64_t seed) : dice_(seed) {}

    fault_table(const fault_table&) = delete;
    fault_table& operator=(const fault_table&) = delete;

    void set(fault which, const fault_setting& setting);
    void clear(fault which);
    void clear_all();
    std::vector<listed_fault> list() const;

    /// Does the fault strike now? If so it is counted, and its value given.
    std::optional<std::string> strike(fault which);

    /// What a fault is set to without a strike, and a number that no earlier setting of it had.
    struct peeked {
        std::string value;
        std::uint64_t serial;
    };
    std::optional<peeked> peek(fault which) const;

private:
    struct entry {
        fault_setting setting;
        std::uint64_t strikes;
        std::uint64_t serial;
    };

    bool may_strike(fault which) const {
        return (set_.load(std::memory_order_relaxed) & bit_of(which)) != 0;
    }
    static std::uint32_t bit_of(fault which) { return 1U << static_cast<unsigned>(which); }

    std::atomic<std::uint32_t> set_{0};  // a bit for each fault
    mutable std::mutex mutex_;
    std::mt19937_64 dice_;
    std::uint64_t next_serial_ = 1;
    std::array<std::optional<entry>, fault_count> entries_;
};

}  // namespace dsql_local
