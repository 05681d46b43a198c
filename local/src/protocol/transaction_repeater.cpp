// SPDX-License-Identifier: Apache-2.0
#include "protocol/transaction_repeater.hpp"

#include "wire/messages.hpp"
#include "wire/requests.hpp"

#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dsql_local {
namespace {

// Names of the endpoint. A client has no reason to use them.
constexpr std::string_view repeater_name = "dsql_local_own";
constexpr std::string_view take_snapshot = "CALL pg_catalog.dsql_local_take_snapshot()";
constexpr std::string_view set_savepoint = "SAVEPOINT dsql_local_begin";
constexpr std::string_view roll_back = "ROLLBACK TO SAVEPOINT dsql_local_begin";
constexpr std::string_view portal_that_is_missing = "dsql_local_none";
constexpr int statements_after_begin = 2;

// The messages that execute a statement, up to the Execute. Each name may be in use, so it is
// closed before. A Query would drop the client's statement without a name.
std::string encode_execution(const recorded_execution& execution) {
    return wire::encode_close_statement(repeater_name) +
           wire::encode_parse(repeater_name, execution.parse_tail) +
           wire::encode_close_portal(repeater_name) +
           wire::encode_bind(repeater_name, repeater_name, execution.bind_tail) +
           wire::encode_execute(repeater_name);
}

// The kinds of these messages.
constexpr request_kind execution_kinds[] = {request_kind::close, request_kind::parse,
                                            request_kind::close, request_kind::bind,
                                            request_kind::execute};

recorded_execution execution_of(std::string_view sql) {
    return {.parse_tail = wire::parse_tail(sql), .bind_tail = std::string(wire::empty_bind_tail)};
}

// Whether it is known that a statement only reads. Before the first change, it sees nothing but
// the snapshot.
bool only_reads(const sql_statement& statement) {
    return statement.is_parsed && !statement.may_write && !statement.is_ddl && !statement.is_copy &&
           !statement.changes_settings && statement.executed_name.empty();
}

// Whether a statement has nothing to do with what the transaction has changed.
bool is_independent(const sql_statement& statement) {
    return only_reads(statement) && !statement.touches_storage;
}

// A copy is found only by the name of its table alone. What an EXECUTE names is not known here, and
// neither is what is in a statement that cannot be parsed.
bool finds_copies(const sql_statement& statement) {
    return (statement.is_parsed || statement.kind == statement_kind::empty) &&
           !statement.names_schema && statement.executed_name.empty();
}

// Whether a statement can be executed again with copies. They are made with the settings that were
// valid when the transaction began.
bool is_copyable(const sql_statement& statement) {
    return finds_copies(statement) && !statement.changes_settings && !statement.is_ddl;
}

// Returns the messages that execute one statement a second time. The client gets the response to a
// Query as a whole.
std::string encode_retry(const recorded_request& request) {
    const recorded_execution& execution = request.executions.front();
    if (request.form == protocol_form::simple) {
        std::string_view tail = execution.parse_tail;
        return wire::encode_query(wire::take_c_string(tail));
    }
    return encode_execution(execution) + wire::encode_sync();
}

// Returns the statement that makes copies of tables, as the snapshot of the transaction sees them.
std::string make_copies(const std::set<std::string>& tables) {
    std::string names;
    for (const std::string& table : tables) {
        names += (names.empty() ? "" : ", ") + wire::quote_literal(table);
    }
    return "CALL pg_catalog.dsql_local_copy_tables(ARRAY[" + names + "]::text[])";
}

}  // namespace

transaction_repeater::transaction_repeater(shared_state& shared, const statement_policy& policy,
                                           response_queue& pending)
    : is_enabled_(decides_conflicts_at_commit(shared.dialect)),
      policy_(policy),
      pending_(pending),
      transaction_(shared.conflicts) {}

void transaction_repeater::begin() {
    transaction_.begin();
    bound_.clear();
    has_recorded_ = false;
}

bool transaction_repeater::follow(const sql_statement& statement, const block_state& before,
                                  bool is_executed) {
    has_begun_block_ = false;
    if (!is_enabled_) {
        return true;
    }
    const block_state now = policy_.block();
    bool may_commit = true;
    if (!before.is_open) {
        has_begun_block_ = is_executed && now.is_open;
        if (has_begun_block_ || (is_executed && statement.may_write && transaction() == 0)) {
            begin();
        }
    } else if (statement.kind == statement_kind::commit && is_executed && before.is_active()) {
        may_commit = transaction_.commit();
    } else if (!now.is_open) {
        transaction_.end();
    }
    if (before.is_open && now.is_active() && transaction() == 0) {
        begin();  // AND CHAIN: there is no savepoint
        make_unrepeatable();
    }
    if (statement.is_copy && statement.writes) {
        make_unrepeatable();
    }
    return may_commit;
}

// DSQL takes the snapshot at BEGIN, PostgreSQL with the next statement. The line break ends a
// comment.
void transaction_repeater::add_after_begin(std::string& sql, expected_response& response) const {
    if (!is_enabled_) {
        return;
    }
    response.change().begins.push_back(has_begun_block_);
    if (has_begun_block_) {
        sql.append("\n; ").append(take_snapshot).append("; ").append(set_savepoint);
    }
}

void transaction_repeater::inject_after_begin(wire::relay_buffer& out) {
    for (const std::string_view sql : {take_snapshot, set_savepoint}) {
        out.add(inject_execution(execution_of(sql), purpose::own));
    }
}

void transaction_repeater::inject(request_kind kind, purpose injected_for) {
    expected_response& response = pending_.push(kind);
    response.is_injected = true;
    response.is_repetition = injected_for == purpose::repetition;
}

std::string transaction_repeater::inject_execution(const recorded_execution& execution,
                                                   purpose injected_for) {
    for (const request_kind kind : execution_kinds) {
        inject(kind, injected_for);
    }
    return encode_execution(execution);
}

std::string transaction_repeater::inject_request(const std::vector<recorded_execution>& executions,
                                                 purpose injected_for) {
    std::string messages;
    for (const recorded_execution& execution : executions) {
        messages += inject_execution(execution, injected_for);
    }
    inject(request_kind::sync, injected_for);
    return messages += wire::encode_sync();
}

std::string transaction_repeater::inject_rollback() {
    return inject_request({execution_of(roll_back)}, purpose::own);
}

repeatable_transaction::fate transaction_repeater::expected_fate(const sql_statement& next) const {
    return transaction_.has_copies() && !finds_copies(next) ? repeatable_transaction::fate::lost
                                                            : transaction_.expected_fate();
}

void transaction_repeater::note_tables(bool can_be_copied, const std::vector<std::string>& tables) {
    if (can_be_copied) {
        transaction_.journal().add_tables(tables);
    } else {
        transaction_.journal().make_uncopyable();
    }
}

bool transaction_repeater::must_be_repeated(const sql_statement& statement) const {
    return has_recorded_ ? !is_independent(statement) : !only_reads(statement);
}

void transaction_repeater::begin_query() {
    query_ = {};
}

void transaction_repeater::add_to_query(const prepared_statement& prepared, std::string_view sql) {
    if (!is_enabled_) {
        return;
    }
    const statement_kind kind = prepared.statement.kind;
    if (kind == statement_kind::begin && !has_begun_block_) {
        query_.executions.push_back(execution_of(sql));  // only a warning
    } else if (prepared_statement::controls_transaction(prepared.statement)) {
        query_ = {};
    } else if (!prepared.effects.drops_statements) {
        query_.executions.push_back(execution_of(sql));
        const std::vector<std::string>& tables = prepared.statement.tables;
        query_.tables.insert(query_.tables.end(), tables.begin(), tables.end());
        query_.is_copyable = query_.is_copyable && is_copyable(prepared.statement);
        query_.is_needed = query_.is_needed || must_be_repeated(prepared.statement);
    }
}

void transaction_repeater::end_query(expected_response& response) {
    if (query_.is_needed && is_recording()) {
        has_recorded_ = true;
        note_tables(query_.is_copyable, query_.tables);
        response.recorded_as =
            transaction_.journal().add(std::move(query_.executions), protocol_form::simple);
    }
}

void transaction_repeater::record_bind(std::string_view portal,
                                       std::optional<std::string_view> tail) {
    if (tail && is_enabled_ && policy_.block().is_open) {
        bound_parameters& kept = bound_[std::string(portal)];
        kept.request = pending_.newest();
        kept.tail = *tail;
    }
}

void transaction_repeater::record_execution(const prepared_statement& prepared,
                                            std::string_view portal, std::uint64_t bound_by,
                                            expected_response& response) {
    if (!is_recording() || prepared.changes_decisions() || !must_be_repeated(prepared.statement)) {
        return;
    }
    has_recorded_ = true;
    note_tables(is_copyable(prepared.statement), prepared.statement.tables);
    const auto bound = bound_.find(portal);
    if (prepared.parse_tail.empty() || bound == bound_.end() || bound->second.request != bound_by) {
        make_unrepeatable();
        return;
    }
    response.recorded_as = transaction_.journal().add(
        {{.parse_tail = prepared.parse_tail, .bind_tail = bound->second.tail}},
        protocol_form::extended);
}

std::string transaction_repeater::give_way() {
    transaction_.give_way();
    return inject_rollback();
}

bool transaction_repeater::prepare_for_request(wire::relay_buffer& out) {
    if (std::exchange(must_roll_back_, false)) {
        out.add(inject_rollback());
    }
    if (transaction_.must_repeat()) {
        out.add(repeat());
    }
    return !transaction_.is_repeating();
}

std::string transaction_repeater::repeat() {
    const auto& requests = transaction_.begin_repetition();
    std::string messages;
    if (transaction_.is_repeating() && transaction_.has_copies()) {
        messages += inject_request({execution_of(make_copies(transaction_.journal().tables()))},
                                   purpose::repetition);
    }
    for (const recorded_request& request : requests) {
        messages += inject_request(request.executions, purpose::repetition);
    }
    return messages;
}

// Another transaction may have inserted a row with the same key since the snapshot. Such a row is
// no duplicate on DSQL, but a conflict.
bool transaction_repeater::can_retry(const expected_response& failed,
                                     std::string_view sqlstate) const {
    const bool is_conflict = sqlstate == "40001" || sqlstate == "23505";
    return is_conflict && may_retry(failed) && !failed.has_rows && is_recording() &&
           transaction_.journal().is_copyable() && pending_.is_front_last();
}

void transaction_repeater::keep_error(std::string bytes, std::string_view sqlstate,
                                      expected_response& failed) {
    retry_.emplace(retried_statement{
        .error = std::move(bytes),
        .sqlstate = std::string(sqlstate),
        .request = transaction_.journal().take_newest(),
        .changes = std::move(failed.changes),
        .has_described_rows = failed.kind == request_kind::query && failed.has_begun});
}

std::string transaction_repeater::begin_retry() {
    retry_->has_begun = true;
    std::string requests = inject_rollback();
    transaction_.fall_back_on_copies();
    return requests += repeat();
}

// The transaction was executed again, so the statement can be; or it cannot, and the client gets
// the error that was kept back. Then PostgreSQL must take the transaction for failed, too.
std::string transaction_repeater::finish_retry() {
    if (is_lost()) {
        pending_.push(request_kind::execute).is_retry = true;
        pending_.push_sync();
        return wire::encode_execute(portal_that_is_missing) + wire::encode_sync();
    }
    recorded_request& request = retry_->request;
    const bool is_simple = request.form == protocol_form::simple;
    std::string messages = encode_retry(request);
    if (!is_simple) {
        for (std::size_t i = 0; i + 1 < std::size(execution_kinds); ++i) {
            inject(execution_kinds[i], purpose::own);
        }
    }
    expected_response& response =
        pending_.push(is_simple ? request_kind::query : request_kind::execute);
    response.is_retry = true;
    response.changes = std::move(retry_->changes);
    response.recorded_as = transaction_.journal().add(std::move(request.executions), request.form);
    if (!is_simple) {
        pending_.push_sync();
    }
    return messages;
}

// An error of class 42 says that the copies lack something, such as the name of a constraint. If it
// is the same error again, it names the table, and not its copy.
std::string_view transaction_repeater::error_in_place_of(const expected_response* failed,
                                                         std::string_view sqlstate) const {
    if (!retry_) {
        return {};
    }
    const bool is_of_copies = sqlstate == "40001" || sqlstate.starts_with("42");
    const bool is_the_clients = failed != nullptr && failed->is_retry && !is_lost() &&
                                !is_of_copies && sqlstate != retry_->sqlstate;
    return is_the_clients ? std::string_view() : retry_->error;
}

void transaction_repeater::add_answer(std::string_view bytes) {
    const expected_response* const response = pending_.front();
    if (response == nullptr) {
        return;
    }
    if (response->is_repetition) {
        transaction_.add_repeated_answer(bytes);
    } else if (response->recorded_as != 0) {
        transaction_.journal().add_answer(response->recorded_as, bytes);
    }
}

// What comes after the hidden tags is recorded.
bool transaction_repeater::hides_tag(std::string_view tag, expected_response& response) {
    response_changes* const changes = response.changes.get();
    if (changes == nullptr) {
        return false;
    }
    if (changes->hidden_tags > 0) {
        if (--changes->hidden_tags == 0) {
            transaction_.journal().restart_answers(response.recorded_as);
        }
        return true;
    }
    if (!changes->begins.empty() && (tag == "BEGIN" || tag == "START TRANSACTION")) {
        changes->hidden_tags = changes->begins.front() ? statements_after_begin : 0;
        changes->begins.pop_front();
    }
    return false;
}

std::string transaction_repeater::on_repetition_ready() {
    must_roll_back_ = !transaction_.finish_repeated(std::exchange(has_repetition_failed_, false));
    if (!retry_ || transaction_.is_repeating()) {
        return {};
    }
    must_roll_back_ = false;
    return finish_retry();
}

void transaction_repeater::synchronize(char status) {
    const bool has_failed = std::exchange(has_statement_failed_, false);
    if (!is_enabled_) {
        return;
    }
    if (status == 'E' || (status == 'I' && has_failed)) {
        transaction_.end();
    } else if (status == 'I') {
        transaction_.commit();  // the statement was a transaction of its own
    } else if (transaction() == 0) {
        begin();  // in a way that the endpoint does not see
        make_unrepeatable();
    }
}

}  // namespace dsql_local
