// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/repeatable_transaction.hpp"
#include "protocol/response_queue.hpp"
#include "protocol/shared_state.hpp"
#include "protocol/statement_policy.hpp"
#include "wire/relay_buffer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// Lets the transactions of a session give way to others, by requests that it injects into the
/// session's traffic:
///
/// - after a BEGIN, PostgreSQL takes the snapshot, as DSQL does, and sets a savepoint;
/// - to give way, it rolls back to the savepoint;
/// - before the client's next request, it executes the statements of the transaction again.
///
/// If a statement fails because of a conflict, its error is kept back. The transaction is executed
/// again with copies of its tables (snapshot_copies_sql), and then this statement, whose response
/// the client gets. So the transaction goes on until its COMMIT, which fails.
///
/// The client sees nothing of this. repeatable_transaction decides whether a transaction can give
/// way and whether it survives. Where PostgreSQL's locks decide conflicts, nothing is injected, and
/// there are no transactions. Not thread-safe.
class transaction_repeater {
public:
    /// All three must outlive it.
    transaction_repeater(shared_state& shared, const statement_policy& policy,
                         response_queue& pending);

    /// The open transaction; 0 if there is none.
    transaction_id transaction() const noexcept { return transaction_.id(); }
    /// What becomes of it.
    repeatable_transaction::fate expected_fate() const { return transaction_.expected_fate(); }
    /// What becomes of it, if it executes a statement next. Where it uses copies of tables, a
    /// statement that names a schema would find the originals.
    repeatable_transaction::fate expected_fate(const sql_statement& next) const;

    /// Whether the open transaction may hold locks of rows, and can give way once it is idle.
    bool can_give_way() const noexcept {
        return policy_.block().is_active() && transaction_.can_give_way();
    }
    /// Returns the request that rolls the transaction back. Precondition: can_give_way(), and
    /// nothing is pending.
    std::string give_way();
    /// Call it before each request of the client, unless is_retrying(). Executes a transaction that
    /// has given way again.
    /// Returns false if the client's request must wait until that is done.
    bool prepare_for_request(wire::relay_buffer& out);
    /// Something has happened in the open transaction that cannot be repeated.
    void make_unrepeatable() noexcept { transaction_.journal().make_unrepeatable(); }

    /// Follows the beginning and the end of transactions. The policy has decided about a statement;
    /// `before` is the state of the block until then, and `is_executed` says whether PostgreSQL
    /// gets the statement. Returns false for a COMMIT that must fail.
    bool follow(const sql_statement& statement, const block_state& before, bool is_executed);
    /// Whether the last statement that was followed has begun a block, so that PostgreSQL must take
    /// the snapshot and set the savepoint.
    bool has_begun_block() const noexcept { return has_begun_block_; }
    /// Adds that, if so, to the text of a BEGIN in a simple query, which is the last statement that
    /// was followed. The response belongs to the query.
    void add_after_begin(std::string& sql, expected_response& response) const;
    /// Sends it after the Execute of a BEGIN.
    void inject_after_begin(wire::relay_buffer& out);

    /// Begins to record a simple query.
    void begin_query();
    /// Records the next statement of the query. `sql` is its text as PostgreSQL gets it.
    void add_to_query(const prepared_statement& prepared, std::string_view sql);
    /// Keeps what was recorded, if it must be executed again. The response belongs to the query.
    void end_query(expected_response& response);

    /// Records what the newest request binds to a portal: `tail` is what follows the names in the
    /// Bind; std::nullopt if it is too long to be kept.
    void record_bind(std::string_view portal, std::optional<std::string_view> tail);
    /// Records the execution of a portal that the request `bound_by` has bound.
    void record_execution(const prepared_statement& prepared, std::string_view portal,
                          std::uint64_t bound_by, expected_response& response);

    /// Whether a statement may be executed a second time, as long as the client has got no rows.
    bool may_retry(const expected_response& response) const noexcept {
        return response.can_be_retried && response.recorded_as != 0 && !response.is_retry;
    }
    /// Whether a failed statement will be executed a second time. If so, its error must be kept
    /// back by keep_error(). `sqlstate` is PostgreSQL's.
    bool can_retry(const expected_response& failed, std::string_view sqlstate) const;
    /// Keeps back what the client gets if the second execution is impossible.
    void keep_error(std::string bytes, std::string_view sqlstate, expected_response& failed);
    /// Whether an error is kept back, and begin_retry() was not called.
    bool has_kept_error() const noexcept { return retry_ && !retry_->has_begun; }
    /// PostgreSQL is ready after the error. Returns the first requests.
    std::string begin_retry();
    /// Whether an error is kept back; no request of the client can be processed then.
    bool is_retrying() const noexcept { return retry_.has_value(); }
    /// Returns the error that was kept back if the client must get it in place of another one, with
    /// `sqlstate`; empty if the client must get the other one.
    std::string_view error_in_place_of(const expected_response* failed,
                                       std::string_view sqlstate) const;
    /// Whether the client has already got the description of the rows of a retried query.
    bool hides_row_description(const expected_response& response) const noexcept {
        return response.is_retry && retry_ && retry_->has_described_rows;
    }
    /// The client gets the ReadyForQuery of the second execution.
    void end_retry() noexcept { retry_.reset(); }

    /// A part of the response at the front of the queue: it is compared or remembered.
    void add_answer(std::string_view bytes);
    /// Whether a CommandComplete with this tag is hidden, because it answers a statement that was
    /// added after a BEGIN.
    bool hides_tag(std::string_view tag, expected_response& response);
    /// A statement that is executed again has failed.
    void on_repetition_error() noexcept { has_repetition_failed_ = true; }
    /// PostgreSQL is ready after a statement that is executed again. Returns the requests that must
    /// follow now.
    std::string on_repetition_ready();
    /// A statement of the client has failed.
    void on_error() noexcept { has_statement_failed_ = true; }
    /// Adopts the state of the transaction that PostgreSQL reports when it is ready and no
    /// statement is pending that begins or ends one.
    void synchronize(char status);

private:
    // What was bound to a portal, and by which request.
    struct bound_parameters {
        std::uint64_t request = 0;
        std::string tail = {};
    };

    // The statements of the current query that are executed again, if they are needed for that.
    struct recorded_query {
        std::vector<recorded_execution> executions = {};
        std::vector<std::string> tables = {};
        bool is_copyable = true;
        bool is_needed = false;
    };

    // What a message of the endpoint is for.
    enum class purpose { own, repetition };

    // A statement whose error is kept back.
    struct retried_statement {
        std::string error = {};
        std::string sqlstate = {};
        recorded_request request = {};
        std::unique_ptr<response_changes> changes = {};
        bool has_described_rows = false;
        bool has_begun = false;
    };

    void begin();
    void note_tables(bool can_be_copied, const std::vector<std::string>& tables);
    std::string finish_retry();
    bool is_lost() const { return expected_fate() == repeatable_transaction::fate::lost; }
    bool is_recording() const noexcept { return transaction() != 0 && policy_.block().is_active(); }
    bool must_be_repeated(const sql_statement& statement) const;
    void inject(request_kind kind, purpose injected_for);
    // Each returns messages of the endpoint, whose responses are then expected.
    std::string inject_execution(const recorded_execution& execution, purpose injected_for);
    std::string inject_request(const std::vector<recorded_execution>& executions,
                               purpose injected_for);
    std::string inject_rollback();
    std::string repeat();

    const bool is_enabled_;
    const statement_policy& policy_;
    response_queue& pending_;
    repeatable_transaction transaction_;
    std::map<std::string, bound_parameters, std::less<>> bound_;
    recorded_query query_;
    bool has_begun_block_ = false;
    bool has_recorded_ = false;  // the transaction has something that must be executed again
    bool has_repetition_failed_ = false;
    bool must_roll_back_ = false;        // to the savepoint, after a repetition has failed
    bool has_statement_failed_ = false;  // since synchronize() was called
    std::optional<retried_statement> retry_;
};

}  // namespace dsql_local
