// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/activity_watch.hpp"
#include "protocol/statement_names.hpp"
#include "protocol/transaction_journal.hpp"
#include "wire/messages.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_local {

/// A message to PostgreSQL that gets a response.
enum class request_kind : std::uint8_t {
    parse,
    bind,
    close,
    describe,
    execute,
    query,
    function_call,
    sync,
    copy_end,  ///< CopyDone or CopyFail: no response, but it ends what a COPY reads
    ignored,   ///< no response after all
};

/// A name that a request changes, if it succeeds, and what it then stands for.
struct name_change {
    statement_names* names = nullptr;  ///< null if it changes none
    statement_names::record* name = nullptr;
    statement_names::statement made = {};
};

/// How the response to a statement differs from PostgreSQL's, and what it means for the session.
struct response_changes {
    bool has_ddl = false;             ///< contains DDL that other sessions see
    bool tolerates_existing = false;  ///< contains such DDL with IF NOT EXISTS or OR REPLACE
    bool cuts_after = false;  ///< a fault closes the connection instead of sending the response
    bool replaces_only_commit = false;  ///< `replacement` is only for the tag COMMIT
    /// The error to send instead of a CommandComplete.
    std::optional<wire::error_response> replacement = {};
    /// The tags for the CALLs that replaced statements.
    std::deque<std::string_view> call_tags = {};
    /// For each EXPLAIN, whether an estimate of DPUs follows its rows.
    std::deque<bool> dpu_estimates = {};
    /// The errors for statements that PostgreSQL was made to fail, with the numbers of the forced
    /// errors.
    std::vector<std::pair<std::uint64_t, wire::error_response>> forced_errors = {};
    std::optional<wire::error_response> failed_commit_error = {};
    /// The names that the statements with the tag DEALLOCATE drop.
    std::deque<std::string> dropped_names = {};
    /// The names that the statements with the tag PREPARE make.
    std::deque<name_change> prepared = {};
    /// While the statement runs, it may cancel what other sessions run.
    std::optional<running_statement> cancellation = {};
    /// Until its transaction ends, other sessions know that the statement may change the schema.
    std::optional<foreign_schema_changes::own_change> schema_change = {};
    /// For each BEGIN, whether statements of the endpoint follow it; and how many tags of these
    /// come next.
    std::deque<bool> begins = {};
    int hidden_tags = 0;
};

/// A message that was sent to PostgreSQL, and what must be done when it is answered.
struct expected_response {
    request_kind kind = request_kind::ignored;
    /// The endpoint sent the message for its own purposes. The client does not see the response,
    /// except an error that also ends what the client has sent up to its Sync.
    bool is_injected = false;
    /// It is a part of a statement that is executed again, after the transaction gave way. The
    /// client sees neither its result nor its error.
    bool is_repetition = false;
    /// The statement of the journal that it executes for the first time; 0 if none.
    transaction_journal::number recorded_as = 0;
    bool has_begun = false;  ///< PostgreSQL has sent a part of the response to a query
    bool has_rows = false;   ///< the client has got rows
    /// It is one statement, all of whose rows are wanted, so that it can be executed a second time
    /// in the place of the first.
    bool can_be_retried = false;
    /// It executes a statement a second time, whose error the client has not seen.
    bool is_retry = false;
    name_change naming = {};
    std::unique_ptr<response_changes> changes = {};  ///< null in the usual case

    /// Whether it ends with a ReadyForQuery.
    bool ends_with_ready() const noexcept {
        return kind == request_kind::query || kind == request_kind::function_call ||
               kind == request_kind::sync;
    }
    bool runs_statement() const noexcept {
        return kind == request_kind::execute || kind == request_kind::query ||
               kind == request_kind::function_call;
    }
    response_changes& change() {
        if (!changes) {
            changes = std::make_unique<response_changes>();
        }
        return *changes;
    }
};

}  // namespace dsql_local
