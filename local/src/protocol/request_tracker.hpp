// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/messages.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_local {

/// The messages that PostgreSQL completes with one ReadyForQuery: a simple query, a function call,
/// or everything up to a Sync.
struct pending_request {
    bool is_closed = false;  ///< the client has sent the Query, FunctionCall or Sync
    bool is_simple = false;  ///< it was a Query or a FunctionCall, not a Sync
    bool is_copying_in = false;
    bool has_ended_copy = false;  ///< the client has sent CopyDone or CopyFail
    bool has_failed = false;      ///< PostgreSQL has sent an error
    bool has_ddl = false;         ///< contains DDL that other sessions see
    bool closes_after = false;    ///< a fault closes the connection instead of sending the response
    bool is_suppressed = false;   ///< the client does not get the rest of the response
    bool replaces_only_commit =
        false;  ///< `replacement` is only for the CommandComplete of a COMMIT
    std::optional<error_response> replacement =
        {};  ///< the error to send instead of a CommandComplete
    std::deque<std::string_view> call_tags =
        {};  ///< the tags for the CALLs that replaced statements
    /// For each EXPLAIN, whether an estimate of DPUs follows its rows.
    std::deque<bool> dpu_estimates = {};
    /// The errors for statements that PostgreSQL was made to fail, with the numbers of the forced
    /// errors.
    std::vector<std::pair<std::uint64_t, error_response>> forced_errors = {};
    std::optional<error_response> failed_commit_error = {};
    /// How many Parse and Close messages were sent and completed, and the numbers of those that the
    /// endpoint injected.
    std::uint32_t parses = 0;
    std::uint32_t closes = 0;
    std::uint32_t completed_parses = 0;
    std::uint32_t completed_closes = 0;
    std::vector<std::uint32_t> injected_parses = {};
    std::vector<std::uint32_t> injected_closes = {};
};

/// The requests of a session that PostgreSQL has not completed, in order. If a client sends a Sync
/// directly after the Execute of a COPY FROM STDIN, PostgreSQL ignores the Sync, because it is
/// already reading data. Source:
/// https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-COPY
class request_tracker {
public:
    bool empty() const { return pending_.empty(); }

    /// The request that the client's next message belongs to.
    pending_request& newest();

    void close_by_query();
    void close_by_sync();
    void end_copy();

    /// The request that PostgreSQL's next message belongs to; null if there is none.
    pending_request* oldest() { return pending_.empty() ? nullptr : &pending_.front(); }

    /// PostgreSQL has sent CopyInResponse.
    void begin_copy();

    /// PostgreSQL has sent ReadyForQuery.
    void finish();

private:
    void merge_first_two();

    std::deque<pending_request> pending_;
};

}  // namespace dsql_local
