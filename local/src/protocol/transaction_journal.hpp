// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// A digest of the answers to a request. Equal answers have equal digests, however they were cut
/// into chunks.
class answer_digest {
public:
    void add(std::string_view bytes) noexcept;
    bool operator==(const answer_digest&) const = default;

private:
    std::uint64_t value_ = 14695981039346656037U;  // FNV-1a's start
};

/// How a statement was sent.
enum class protocol_form : std::uint8_t {
    simple,    ///< Query
    extended,  ///< Parse, Bind, Execute and Sync
};

/// A statement with its parameters, as a Parse and a Bind have them after the names.
struct recorded_execution {
    std::string parse_tail = {};
    std::string bind_tail = {};
};

/// What a request has executed in an open transaction, and what it was answered.
struct recorded_request {
    std::vector<recorded_execution> executions = {};
    protocol_form form = protocol_form::simple;
    answer_digest answers = {};
};

/// The requests of an open transaction, so that the endpoint can roll them back to let another
/// transaction pass, and execute them again. What is executed again must be answered as the first
/// time, because the client has seen those answers.
class transaction_journal {
public:
    /// The most bytes of statements and parameters that it keeps. DSQL's limit for what a
    /// transaction changes is 10 MiB.
    static constexpr std::size_t max_size = 32UL * 1024 * 1024;

    /// Identifies a request, also after others were forgotten; 0 is none.
    using number = std::uint64_t;

    /// Adds a request. Returns 0, and keeps nothing, if the transaction cannot be repeated.
    number add(std::vector<recorded_execution> executions, protocol_form form);

    /// Forgets everything: a transaction begins or has ended.
    void clear() noexcept;

    /// Records that the transaction contains something that cannot be repeated.
    void make_unrepeatable() noexcept;

    /// Records the tables that a statement changes, by their names without a schema.
    void add_tables(const std::vector<std::string>& names) {
        tables_.insert(names.begin(), names.end());
    }
    const std::set<std::string>& tables() const noexcept { return tables_; }
    /// Records that the transaction contains something that cannot be repeated with copies of these
    /// tables.
    void make_uncopyable() noexcept { is_copyable_ = false; }
    bool is_copyable() const noexcept { return is_repeatable_ && is_copyable_; }

    /// Forgets the newest request, and returns it. Precondition: is_empty() is false.
    recorded_request take_newest();

    /// Records a part of the answers to a request. Does nothing if it was forgotten.
    void add_answer(number of, std::string_view bytes) noexcept;

    /// Forgets the answers to a request that were recorded so far.
    void restart_answers(number of) noexcept;

    bool is_empty() const noexcept { return requests_.empty(); }
    bool is_repeatable() const noexcept { return is_repeatable_; }
    const std::vector<recorded_request>& requests() const noexcept { return requests_; }

private:
    recorded_request* find(number of) noexcept;

    std::vector<recorded_request> requests_;
    number first_ = 1;  // the number of the first of the requests
    std::size_t size_ = 0;
    std::set<std::string> tables_;
    bool is_repeatable_ = true;
    bool is_copyable_ = true;
};

}  // namespace dsql_local
