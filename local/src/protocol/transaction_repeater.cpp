// SPDX-License-Identifier: Apache-2.0
#include "protocol/transaction_repeater.hpp"

#include "wire/requests.hpp"

#include <utility>

namespace dsql_local {
namespace {

// Names of the endpoint. A client has no reason to use them.
constexpr std::string_view repeater_name = "dsql_local_own";
constexpr std::string_view take_snapshot = "CALL pg_catalog.dsql_local_take_snapshot()";
constexpr std::string_view set_savepoint = "SAVEPOINT dsql_local_begin";
constexpr std::string_view roll_back = "ROLLBACK TO SAVEPOINT dsql_local_begin";
constexpr int statements_after_begin = 2;

// The messages that execute a statement, without a Sync. Each name may be in use, so it is closed
// before.
std::string encode_execution(std::string_view parse_tail, std::string_view bind_tail) {
    return encode_close_statement(repeater_name) + encode_parse(repeater_name, parse_tail) +
           encode_close_portal(repeater_name) +
           encode_bind(repeater_name, repeater_name, bind_tail) + encode_execute(repeater_name);
}

// The kinds of these messages.
constexpr request_kind execution_kinds[] = {request_kind::close, request_kind::parse,
                                            request_kind::close, request_kind::bind,
                                            request_kind::execute};

// What only reads before the first change is not executed again, because it sees nothing but the
// snapshot.
bool must_be_repeated(const sql_statement& statement) {
    return statement.writes || statement.is_ddl || statement.is_copy || !statement.touches_storage;
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

void transaction_repeater::inject_after_begin(relay_buffer& out) {
    for (const std::string_view sql : {take_snapshot, set_savepoint}) {
        for (const request_kind kind : execution_kinds) {
            inject(kind);
        }
        out.add(encode_execution(parse_tail(sql), empty_bind_tail));
    }
}

expected_response& transaction_repeater::inject(request_kind kind) {
    expected_response& response = pending_.push(kind);
    response.is_injected = true;
    return response;
}

void transaction_repeater::begin_query() {
    query_.clear();
    query_is_needed_ = has_recorded_;
}

void transaction_repeater::add_to_query(const prepared_statement& prepared, std::string_view sql) {
    if (!is_enabled_) {
        return;
    }
    if (prepared_statement::controls_transaction(prepared.statement)) {
        query_.clear();
        query_is_needed_ = false;
    } else if (!prepared.effects.drops_statements) {
        query_.append(sql).append("\n;");
        query_is_needed_ = query_is_needed_ || must_be_repeated(prepared.statement);
    }
}

void transaction_repeater::end_query(expected_response& response) {
    if (query_is_needed_ && !query_.empty() && is_recording()) {
        has_recorded_ = true;
        response.recorded_as =
            transaction_.journal().add(encode_query(query_), protocol_form::simple);
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
    const auto bound = bound_.find(portal);
    if (prepared.parse_tail.empty() || bound == bound_.end() || bound->second.request != bound_by) {
        make_unrepeatable();
        return;
    }
    response.recorded_as = transaction_.journal().add(
        encode_execution(prepared.parse_tail, bound->second.tail), protocol_form::extended);
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
    return encode_query(roll_back);
}

bool transaction_repeater::prepare_for_request(relay_buffer& out) {
    if (transaction_.must_repeat()) {
        repeat(out);
    }
    if (transaction_.is_repeating()) {
        return false;
    }
    if (std::exchange(must_roll_back_, false)) {
        inject(request_kind::query);
        out.add(encode_query(roll_back));
    }
    return true;
}

void transaction_repeater::repeat(relay_buffer& out) {
    for (const recorded_statement& statement : transaction_.begin_repetition()) {
        out.add(statement.messages);
        if (statement.form == protocol_form::simple) {
            inject_repetition(request_kind::query);
            continue;
        }
        for (const request_kind kind : execution_kinds) {
            inject_repetition(kind);
        }
        inject_repetition(request_kind::sync);
        out.add(encode_sync());
    }
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

void transaction_repeater::on_repetition_ready() {
    transaction_.finish_repeated(std::exchange(has_repetition_failed_, false));
    must_roll_back_ = transaction_.expected_fate() == repeatable_transaction::fate::lost;
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
