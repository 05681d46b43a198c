// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/error_response.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_local {

/// Requests that PostgreSQL answers with one ReadyForQuery: a simple query, a function call, or
/// what a client sends up to a Sync.
struct request_tracker {
    bool is_closed = false;  ///< the request that ReadyForQuery answers was sent
    bool is_simple = false;  ///< ... and is not a Sync
    bool is_copying_in = false;
    bool has_ended_copy = false;   ///< the client has sent CopyDone or CopyFail
    bool has_failed = false;       ///< PostgreSQL has sent an error
    bool has_ddl = false;          ///< that changes the catalogue for others
    bool cuts_after = false;       ///< the connection is closed instead of the answer
    bool is_withheld = false;      ///< nothing more of the answer goes to the client
    bool replaces_commit = false;  ///< `replacement` stands for COMMIT's answer, not for any
    std::optional<refusal> replacement = {};      ///< sent instead of a CommandComplete
    std::deque<std::string_view> call_tags = {};  ///< what the answers to its calls shall say
    /// Refusals that PostgreSQL was made to fail for, by their numbers.
    std::vector<std::pair<std::uint64_t, refusal>> refusals = {};
    std::optional<refusal> failing_commit = {};
    /// Parse and Close messages sent and answered, and which of them were not the client's.
    std::uint32_t parses = 0;
    std::uint32_t closes = 0;
    std::uint32_t answered_parses = 0;
    std::uint32_t answered_closes = 0;
    std::vector<std::uint32_t> own_parses = {};
    std::vector<std::uint32_t> own_closes = {};
};

/// The cycles of a session that PostgreSQL has not answered, in order. Who sends a COPY FROM STDIN
/// by Execute and a Sync after it will find the Sync ignored: PostgreSQL is already reading data.
/// https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-COPY
class request_cycles {
public:
    bool empty() const { return cycles_.empty(); }

    /// The cycle that the client's next message belongs to.
    request_tracker& open();

    void close_by_query();
    void close_by_sync();
    void end_copy();

    /// The cycle that PostgreSQL's next message answers; null: none.
    request_tracker* answered() { return cycles_.empty() ? nullptr : &cycles_.front(); }

    /// PostgreSQL reads COPY data.
    void begin_copy();

    /// ReadyForQuery.
    void finish();

private:
    void merge_first_two();

    std::deque<request_tracker> cycles_;
};

}  // namespace dsql_local
