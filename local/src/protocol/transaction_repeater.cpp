// SPDX-License-Identifier: Apache-2.0
#include "protocol/transaction_repeater.hpp"

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
constexpr std::string_view statement_that_fails = "ROLLBACK TO SAVEPOINT dsql_local_none";
constexpr int statements_after_begin = 2;

// The messages that execute a statement, up to the Execute. Each name may be in use, so it is
// closed before.
std::string encode_execution(std::string_view parse_tail, std::string_view bind_tail) {
    return wire::encode_close_statement(repeater_name) +
           wire::encode_parse(repeater_name, parse_tail) +
           wire::encode_close_portal(repeater_name) +
           wire::encode_bind(repeater_name, repeater_name, bind_tail) +
           wire::encode_execute(repeater_name);
}

// The kinds of these messages.
constexpr request_kind execution_kinds[] = {request_kind::close, request_kind::parse,
                                            request_kind::close, request_kind::bind,
                                            request_kind::execute};

// What only reads before the first change is not executed again, because it sees nothing but the
// snapshot.
bool must_be_repeated(const sql_statement& statement) {
    return statement.writes || statement.is_ddl || statement.is_copy ||
           statement.changes_settings || !statement.touches_storage;
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
        if (has_begun_block_ || (is_executed && statement.writes && transaction() == 0)) {
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
    sql.append("\n; ").append(take_snapshot).append("; ").append(set_savepoint);
    ++response.change().begins;
}

void transaction_repeater::inject_after_begin(wire::relay_buffer& out) {
    for (const std::string_view sql : {take_snapshot, set_savepoint}) {
        for (const request_kind kind : execution_kinds) {
            inject(kind);
        }
        out.add(encode_execution(wire::parse_tail(sql), wire::empty_bind_tail));
    }
}

expected_response& transaction_repeater::inject(request_kind kind) {
    expected_response& response = pending_.push(kind);
    response.is_injected = true;
    return response;
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

void transaction_repeater::begin_query() {
    query_ = {};
    query_.is_needed = has_recorded_;
}

void transaction_repeater::add_to_query(const prepared_statement& prepared, std::string_view sql) {
    if (!is_enabled_) {
        return;
    }
    if (prepared_statement::controls_transaction(prepared.statement)) {
        query_ = {};
    } else if (!prepared.effects.drops_statements) {
        query_.sql.append(sql).append("\n;");
        const std::vector<std::string>& tables = prepared.statement.tables;
        query_.tables.insert(query_.tables.end(), tables.begin(), tables.end());
        query_.is_copyable = query_.is_copyable && is_copyable(prepared.statement);
        query_.is_needed = query_.is_needed || must_be_repeated(prepared.statement);
    }
}

void transaction_repeater::end_query(expected_response& response) {
    if (query_.is_needed && !query_.sql.empty() && is_recording()) {
        has_recorded_ = true;
        note_tables(query_.is_copyable, query_.tables);
        response.recorded_as =
            transaction_.journal().add(wire::encode_query(query_.sql), protocol_form::simple);
    }
}

void transaction_repeater::record_bind(std::string_view portal,
                                       std::optional<std::string_view> tail) {
    has_unexecuted_portal_ = true;
    if (tail && is_enabled_ && policy_.block().is_open) {
        bound_parameters& kept = bound_[std::string(portal)];
        kept.request = pending_.newest();
        kept.tail = *tail;
    }
}

void transaction_repeater::record_execution(const prepared_statement& prepared,
                                            std::string_view portal, std::uint64_t bound_by,
                                            expected_response& response) {
    if (!is_recording() || prepared.changes_decisions() ||
        !(has_recorded_ || must_be_repeated(prepared.statement))) {
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
        encode_execution(prepared.parse_tail, bound->second.tail) + wire::encode_sync(),
        protocol_form::extended);
}

// A rollback would drop a portal that is not executed yet.
void transaction_repeater::on_sync() noexcept {
    if (has_unexecuted_portal_) {
        make_unrepeatable();
    }
}

std::string transaction_repeater::give_way() {
    inject(request_kind::query);
    transaction_.give_way();
    return wire::encode_query(roll_back);
}

bool transaction_repeater::prepare_for_request(wire::relay_buffer& out) {
    if (std::exchange(must_roll_back_, false)) {
        inject(request_kind::query);
        out.add(wire::encode_query(roll_back));
    }
    if (transaction_.must_repeat()) {
        out.add(repeat());
    }
    return !transaction_.is_repeating();
}

std::string transaction_repeater::repeat() {
    const auto& statements = transaction_.begin_repetition();
    std::string requests;
    if (transaction_.is_repeating() && transaction_.has_copies()) {
        requests += wire::encode_query(make_copies(transaction_.journal().tables()));
        inject_repetition(request_kind::query);
    }
    for (const recorded_statement& statement : statements) {
        requests += statement.messages;
        if (statement.form == protocol_form::simple) {
            inject_repetition(request_kind::query);
            continue;
        }
        for (const request_kind kind : execution_kinds) {
            inject_repetition(kind);
        }
        inject_repetition(request_kind::sync);
    }
    return requests;
}

// Another transaction may have inserted a row with the same key since the snapshot. Such a row is
// no duplicate on DSQL, but a conflict.
bool transaction_repeater::can_retry(const expected_response& failed,
                                     std::string_view sqlstate) const {
    const bool is_conflict = sqlstate == "40001" || sqlstate == "23505";
    return is_conflict && failed.can_be_retried && failed.recorded_as != 0 && !failed.has_rows &&
           !failed.is_retry && is_recording() && transaction_.journal().is_copyable() &&
           pending_.is_front_last();
}

void transaction_repeater::keep_error(std::string bytes, std::string_view sqlstate,
                                      expected_response& failed) {
    retry_.emplace(retried_statement{
        .error = std::move(bytes),
        .sqlstate = std::string(sqlstate),
        .statement = transaction_.journal().take_newest(),
        .changes = std::move(failed.changes),
        .has_described_rows = failed.kind == request_kind::query && failed.has_begun});
}

std::string transaction_repeater::begin_retry() {
    retry_->has_begun = true;
    inject(request_kind::query);
    transaction_.fall_back_on_copies();
    return wire::encode_query(roll_back) + repeat();
}

// The transaction was executed again, so the statement can be; or it cannot, and the client gets
// the error that was kept back. Then PostgreSQL must take the transaction for failed, too.
std::string transaction_repeater::finish_retry() {
    if (is_lost()) {
        pending_.push(request_kind::query).is_retry = true;
        return wire::encode_query(statement_that_fails);
    }
    const recorded_statement& statement = retry_->statement;
    const bool is_simple = statement.form == protocol_form::simple;
    if (!is_simple) {
        for (std::size_t i = 0; i + 1 < std::size(execution_kinds); ++i) {
            inject(execution_kinds[i]);
        }
    }
    expected_response& response =
        pending_.push(is_simple ? request_kind::query : request_kind::execute);
    response.is_retry = true;
    response.changes = std::move(retry_->changes);
    response.recorded_as = transaction_.journal().add(statement.messages, statement.form);
    if (!is_simple) {
        pending_.push_sync();
    }
    return statement.messages;
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
    if (changes->begins > 0 && (tag == "BEGIN" || tag == "START TRANSACTION")) {
        --changes->begins;
        changes->hidden_tags = statements_after_begin;
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
