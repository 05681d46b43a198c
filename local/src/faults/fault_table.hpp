// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The faults that can be injected. docs/dsql-local.md describes them.
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

/// Returns the name on the command line, for example `data-conflict`.
std::string_view fault_name(fault which);
std::optional<fault> find_fault(std::string_view name);
/// Returns all names, separated by ", ".
std::string fault_names();

/// When and how a fault is injected.
struct fault_setting {
    double probability = 1;                   ///< above 0, at most 1
    std::optional<std::uint64_t> times = {};  ///< how often it can still strike; none: no limit
    std::string value = {};                   ///< its meaning depends on the fault
};

/// Returns why a fault does not accept a value; std::nullopt if it does.
std::optional<std::string> find_value_error(fault which, const std::string& value);

/// A fault that is set, and how often it has struck.
struct fault_status {
    fault which = {};
    fault_setting setting = {};
    std::uint64_t strikes = 0;
};

/// The faults that are set for all sessions of an endpoint. Thread-safe. While a fault is not set,
/// strike() costs one relaxed load.
class fault_table {
public:
    /// `seed` seeds the random numbers for faults with a probability.
    explicit fault_table(std::uint64_t seed) : random_(seed) {}

    fault_table(const fault_table&) = delete;
    fault_table& operator=(const fault_table&) = delete;

    void set(fault which, const fault_setting& setting);
    void clear(fault which);
    void clear_all();
    std::vector<fault_status> list() const;

    /// Decides whether the fault strikes now. If it does, counts the strike and returns the value
    /// of the fault.
    std::optional<std::string> strike(fault which);

    /// The value of a fault, and a serial number that is different for each time it is set.
    struct armed_setting {
        std::string value;
        std::uint64_t serial;
    };
    /// Returns the setting of a fault without a strike; std::nullopt if it is not set.
    std::optional<armed_setting> peek(fault which) const;

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

    std::atomic<std::uint32_t> set_{0};  // one bit per fault
    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    std::uint64_t next_serial_ = 1;
    std::array<std::optional<entry>, fault_count> entries_;
};

/// Applies the fault close-after to one session: counts the bytes sent to the client since the
/// fault was set.
class close_after_fault {
public:
    explicit close_after_fault(fault_table& faults) : faults_(faults) {}

    /// Call it before `size` bytes are sent. Returns true if the session must end within them, and
    /// then reduces `size` to those that the client still gets.
    bool cut(std::size_t& size);

private:
    fault_table& faults_;
    std::uint64_t serial_ = 0;  // of the setting that sent_ belongs to
    std::uint64_t sent_ = 0;    // bytes since that setting
    bool is_spared_ = false;    // the probability decided against a strike
};

}  // namespace dsql_local
