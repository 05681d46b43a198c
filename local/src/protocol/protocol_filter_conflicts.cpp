// SPDX-License-Identifier: Apache-2.0
// The part of protocol_filter that lets a transaction give way to others, and executes it again.
#include "protocol/dsql_errors.hpp"
#include "protocol/protocol_filter.hpp"
#include "wire/messages.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace dsql_local {
namespace {

// Names of the endpoint. A client has no reason to use them.
constexpr std::string_view own_name = "dsql_local_own";
constexpr std::string_view take_snapshot = "CALL pg_catalog.dsql_local_take_snapshot()";
constexpr std::string_view set_savepoint = "SAVEPOINT dsql_local_begin";
constexpr std::string_view roll_back = "ROLLBACK TO SAVEPOINT dsql_local_begin";

std::string encode_close(char kind, std::string_view name) {
    std::string body(1, kind);
    append_c_string(body, name);
    return encode_message('C', body);
}

// Begins with a Close, because the name may be in use.
std::string encode_parse(std::string_view tail) {
    std::string body;
    append_c_string(body, own_name);
    body += tail;
    return encode_close('S', own_name) + encode_message('P', body);
}

std::string encode_bind(std::string_view tail) {
    std::string body;
    append_c_string(body, own_name);
    append_c_string(body, own_name);
    body += tail;
    return encode_close('P', own_name) + encode_message('B', body);
}

// Executes without a limit on the rows.
std::string encode_execute() {
    std::string body;
    append_c_string(body, own_name);
    return encode_message('E', body.append(4, '\0'));
}

// The kinds of the messages that encode_parse(), encode_bind() and encode_execute() make.
constexpr request_kind execution[] = {request_kind::close, request_kind::parse, request_kind::close,
                                      request_kind::bind, request_kind::execute};

std::string encode_statement_without_parameters(std::string_view sql) {
    std::string parse_tail;
    append_c_string(parse_tail, sql);
    return encode_parse(parse_tail.append(2, '\0')) + encode_bind(std::string(6, '\0')) +
           encode_execute();
}

}  // namespace

// What follows a BEGIN: DSQL takes the snapshot at BEGIN, PostgreSQL with the next statement. The
// line break ends a comment.
std::string protocol_filter::statements_after_begin() {
    return "\n; " + std::string(take_snapshot) + "; " + std::string(set_savepoint);
}

// What only reads before the first change is not executed again, because it sees nothing but the
// snapshot.
bool protocol_filter::must_be_repeated(const sql_statement& statement) {
    return statement.writes || statement.is_ddl || statement.is_copy || !statement.touches_storage;
}

// Asks the policy, and follows the beginning and the end of the transaction.
decision protocol_filter::decide(const sql_statement& statement, time_point now) {
    if (!decides_conflicts_at_commit(shared_->dialect)) {
        return policy_.evaluate(statement, now);
    }
    const bool was_block = policy_.is_in_block();
    const bool was_aborted = policy_.is_aborted();
    decision decided = policy_.evaluate(statement, now, transaction_.expected_fate());
    const bool is_executed = decided.what != action::reject && decided.what != action::fail_commit;
    if (!was_block) {
        const bool is_own = statement.writes && transaction_.id() == 0;
        if (is_executed && (policy_.is_in_block() || is_own)) {
            transaction_.begin();
            has_recorded_write_ = false;
        }
    } else if (statement.kind == statement_kind::commit && is_executed && !was_aborted) {
        if (!transaction_.commit()) {
            decided = {action::fail_commit, data_conflict()};
        }
    } else if (!policy_.is_in_block()) {
        transaction_.end();
    }
    if (was_block && policy_.is_in_block() && transaction_.id() == 0 && !policy_.is_aborted()) {
        transaction_.begin();  // AND CHAIN: there is no savepoint
        transaction_.journal().make_unrepeatable();
    }
    if (statement.is_copy && statement.writes) {
        transaction_.journal().make_unrepeatable();
    }
    return decided;
}

void protocol_filter::record_query(const std::string& sql, bool is_needed,
                                   expected_response& response) {
    if (!is_needed || sql.empty() || transaction_.id() == 0 || !policy_.is_in_block() ||
        policy_.is_aborted()) {
        return;
    }
    has_recorded_write_ = true;
    response.recorded_as =
        transaction_.journal().add(encode_message('Q', sql + '\0'), protocol_form::simple);
}

void protocol_filter::record_execution(const prepared_statement& prepared, std::string_view portal,
                                       std::uint64_t bound_by, expected_response& response) {
    if (transaction_.id() == 0 || !policy_.is_in_block() || policy_.is_aborted() ||
        prepared.effects.drops_statements ||
        prepared_statement::controls_transaction(prepared.statement) ||
        !(has_recorded_write_ || must_be_repeated(prepared.statement))) {
        return;
    }
    has_recorded_write_ = true;
    const auto bound = bound_.find(portal);
    if (prepared.parse_tail.empty() || bound == bound_.end() || bound->second.request != bound_by) {
        transaction_.journal().make_unrepeatable();
        return;
    }
    response.recorded_as = transaction_.journal().add(
        encode_parse(prepared.parse_tail) + encode_bind(bound->second.bind_tail) + encode_execute(),
        protocol_form::extended);
}

// Executes the statements of a transaction that gave way again before anything else. Returns false
// if the client's message must be kept back.
bool protocol_filter::may_process(relay_buffer& out) {
    if (transaction_.must_repeat()) {
        repeat_transaction(out);
    }
    if (transaction_.is_repeating()) {
        return false;
    }
    if (std::exchange(must_roll_back_, false)) {
        inject_query(roll_back, out);
    }
    return true;
}

void protocol_filter::repeat_transaction(relay_buffer& out) {
    const auto push = [this](request_kind kind) {
        expected_response& response = pending_.push(kind);
        response.is_injected = true;
        response.is_repetition = true;
    };
    for (const recorded_statement& statement : transaction_.begin_repetition()) {
        out.add(statement.messages);
        if (statement.form == protocol_form::simple) {
            push(request_kind::query);
            continue;
        }
        for (const request_kind kind : execution) {
            push(kind);
        }
        push(request_kind::sync);
        out.add(encode_message('S', ""));
    }
}

void protocol_filter::inject_query(std::string_view sql, relay_buffer& out) {
    pending_.push(request_kind::query).is_injected = true;
    out.add(encode_message('Q', std::string(sql) + '\0'));
}

void protocol_filter::inject_snapshot(relay_buffer& out) {
    static const std::string messages = encode_statement_without_parameters(take_snapshot) +
                                        encode_statement_without_parameters(set_savepoint);
    for (int i = 0; i < 2; ++i) {
        for (const request_kind kind : execution) {
            pending_.push(kind).is_injected = true;
        }
    }
    out.add(messages);
}

void protocol_filter::give_way(transaction_id which, std::string& to_server) {
    if (which != transaction_.id() || !is_idle() || !holds_locks()) {
        return;
    }
    pending_.push(request_kind::query).is_injected = true;
    to_server = encode_message('Q', std::string(roll_back) + '\0');
    transaction_.give_way();
    portals_.drop_all();
}

// The client does not see the tags of the statements after a BEGIN. What comes after them is
// recorded.
bool protocol_filter::is_hidden_tag(std::string_view tag, expected_response& response) {
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
        changes->hidden_tags = 2;
    }
    return false;
}

void protocol_filter::on_repeated_ready() {
    transaction_.finish_repeated(std::exchange(has_repetition_failed_, false));
    must_roll_back_ = transaction_.expected_fate() == repeatable_transaction::fate::lost;
}

// Adopts the state of the transaction that PostgreSQL reports when it owes nothing.
void protocol_filter::settle_transaction(char status) {
    const bool has_failed = std::exchange(has_statement_failed_, false);
    if (!decides_conflicts_at_commit(shared_->dialect)) {
        return;
    }
    if (status == 'E' || (status == 'I' && has_failed)) {
        transaction_.end();
    } else if (status == 'I') {
        transaction_.commit();  // the statement was a transaction of its own
    } else if (transaction_.id() == 0) {
        transaction_.begin();  // in a way that the endpoint does not see
        transaction_.journal().make_unrepeatable();
    }
}

}  // namespace dsql_local
