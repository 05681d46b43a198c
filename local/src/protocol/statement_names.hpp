// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/prepared_statement.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace dsql_local {

/// What the names of prepared statements, or of portals, stand for: now, as PostgreSQL's responses
/// show, and after the pending requests, if these succeed.
class statement_names {
public:
    using statement = std::shared_ptr<const prepared_statement>;

    /// One name. Null means that it stands for nothing, or for a statement that is not known.
    struct record {
        statement current;              ///< now
        statement expected;             ///< after all pending requests
        std::uint64_t expected_by = 0;  ///< the number of the request that makes it `expected`
        std::uint32_t pending = 0;      ///< the number of requests that refer to the record
        const std::string* name = nullptr;
    };

    /// Returns the record of a name. A record that a request refers to stays where it is.
    /// PostgreSQL tells names apart by their first 63 bytes only.
    record& at(std::string_view name);

    /// Returns the record of a name; null if the name stands for nothing.
    record* find(std::string_view name);

    /// Whether no name stands for a statement after the pending requests.
    bool is_empty() const;

    /// The request `number` was sent. If it succeeds, the name stands for `made`.
    static void expect(record& which, std::uint64_t number, statement made);

    /// A request has succeeded.
    void confirm(record& which, statement made);

    /// The request `number` has failed, or PostgreSQL has skipped it.
    void revert(record& which, std::uint64_t number);

    /// A Parse for the name has failed. If it is the empty name, PostgreSQL has already dropped
    /// the statement that was to be replaced.
    void drop_replaced(record& which);

    /// PostgreSQL has dropped everything that was made so far.
    void drop_all();
    /// PostgreSQL has dropped one.
    void drop(std::string_view name);

private:
    void release(record& which);

    record unnamed_;
    std::map<std::string, record, std::less<>> named_;
};

}  // namespace dsql_local
