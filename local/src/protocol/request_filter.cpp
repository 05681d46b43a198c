// SPDX-License-Identifier: Apache-2.0
#include "protocol/request_filter.hpp"

#include "protocol/dsql_errors.hpp"
#include "protocol/forced_errors.hpp"
#include "wire/messages.hpp"
#include "wire/requests.hpp"

#include <algorithm>
#include <utility>

namespace dsql_local {
namespace {

constexpr wire::message_parts request_parts = {
    {'Q', wire::message_part::one_string},  {'P', wire::message_part::small_whole},
    {'B', wire::message_part::small_whole}, {'E', wire::message_part::whole},
    {'C', wire::message_part::one_string},  {'D', wire::message_part::header},
    {'F', wire::message_part::header},      {'S', wire::message_part::header},
    {'c', wire::message_part::header},      {'f', wire::message_part::header},
};

// What follows the portal's name in an Execute that wants all rows.
constexpr std::string_view no_row_limit("\0\0\0\0", 4);

// PostgreSQL's own limit on a message.
constexpr std::size_t max_message_size = 0x3fff'ffff;
// How much of a message is held until it contains the whole text of a statement.
constexpr std::size_t max_held_size = 64UL * 1024 * 1024;

// The name of a prepared statement and of a portal of the endpoint. A client has no reason to use
// it.
constexpr std::string_view failing_commit_name = "dsql_local_commit";

// Removes a string and its NUL from the front of `bytes`. Returns std::nullopt if there is no NUL,
// which PostgreSQL rejects.
std::optional<std::string_view> take_string(std::string_view& bytes) {
    return bytes.find('\0') == std::string_view::npos ? std::nullopt
                                                      : std::optional(wire::take_c_string(bytes));
}

// Writes a message of which `new_front` replaces the beginning of the body. What follows the piece
// in the stream stays the same.
void replace_front(const wire::stream_piece& message, std::string_view new_front,
                   std::string_view unchanged, wire::relay_buffer& out) {
    const std::size_t removed = message.body().size() - unchanged.size();
    const std::size_t size = message.size - 1 - removed + new_front.size();
    std::string header(1, message.type);
    wire::append_uint32(header, static_cast<std::uint32_t>(size));
    out.add(header);
    out.add(new_front);
    out.add(unchanged);
}

std::string with_nul(std::string_view text) {
    return std::string(text) + '\0';
}

// A query in which statements are replaced, from the first to the last.
class edited_query {
public:
    explicit edited_query(std::string_view sql) : sql_(sql) {}

    std::string_view text_of(const sql_statement& statement) const {
        return sql_.substr(statement.offset, statement.size);
    }
    void replace(const sql_statement& statement, std::string_view text) {
        edited_.append(sql_.substr(copied_, statement.offset - copied_)).append(text);
        copied_ = statement.offset + statement.size;
    }
    // Returns the query up to the last statement that was replaced.
    std::string take_beginning() { return std::move(edited_); }
    // Returns the whole query; empty if nothing was replaced.
    std::string take() {
        return copied_ == 0 ? std::string() : std::move(edited_.append(sql_.substr(copied_)));
    }

private:
    std::string_view sql_;
    std::string edited_;
    std::size_t copied_ = 0;
};

}  // namespace

request_filter::request_filter(session_state& session, std::size_t message_size_limit)
    : request_filter(
          session, {.message = 1 + (message_size_limit > 0 ? message_size_limit : max_message_size),
                    .part = max_held_size}) {}

request_filter::request_filter(session_state& session, const wire::message_splitter::limits& sizes)
    : session_(session), sizes_(sizes), messages_(request_parts, sizes) {}

void request_filter::filter(std::string_view chunk, time_point now, wire::relay_buffer& to_server) {
    to_server.reset(chunk);
    process_chunk(chunk, now, to_server);
}

void request_filter::resume(time_point now, wire::relay_buffer& to_server) {
    kept_requests kept = std::move(*kept_);
    kept_.reset();
    resumed_ = std::move(kept.rest);
    to_server.reset(resumed_);
    kept.piece.bytes = kept.bytes;
    process(kept.piece, now, to_server);
    if (!is_waiting()) {
        process_chunk(resumed_, now, to_server);
    } else {
        kept_->rest = std::move(resumed_);
    }
}

void request_filter::process_chunk(std::string_view chunk, time_point now,
                                   wire::relay_buffer& out) {
    while (!session_.is_cut && !closing_error_) {
        const auto piece = messages_.next(chunk);
        if (!piece) {
            return;
        }
        process(*piece, now, out);
        if (is_waiting()) {
            kept_->rest = chunk;
            return;
        }
    }
}

void request_filter::process(const wire::stream_piece& piece, time_point now,
                             wire::relay_buffer& out) {
    if (!on_piece(piece, now, out)) {
        kept_ = kept_requests{piece, std::string(piece.bytes), {}};
    }
}

bool request_filter::on_piece(const wire::stream_piece& piece, time_point now,
                              wire::relay_buffer& out) {
    if (session_.repeater.is_retrying() && !piece.is_rest) {
        return false;
    }
    if (piece.is_too_large) {
        on_too_large(piece, out);
        return true;
    }
    if (!piece.is_message()) {
        if (!piece.is_rest || !drops_rest_) {
            out.pass(piece.bytes);
        }
        return true;
    }
    drops_rest_ = false;
    return session_.repeater.prepare_for_request(out) && on_message(piece, now, out);
}

// PostgreSQL closes the connection when it comes to the impossible length, after it has answered
// everything before.
void request_filter::on_too_large(const wire::stream_piece& message, wire::relay_buffer& out) {
    out.add(std::string(1, message.type) + std::string(4, '\0'));
    closing_error_ = message.size > sizes_.message ? message_too_large(sizes_.message - 1)
                                                   : statement_too_large(sizes_.part);
}

bool request_filter::on_message(const wire::stream_piece& message, time_point now,
                                wire::relay_buffer& out) {
    response_queue& pending = session_.pending;
    if (message.type == 'S') {
        pending.push_sync();
        session_.policy.end_implicit_transaction();
    } else if (pending.is_skipping()) {
        drops_rest_ = true;  // as PostgreSQL does
        return true;
    } else if (message.type == 'Q') {
        return on_query(message, now, out);
    } else if (message.type == 'B') {
        return on_bind(message, out);
    } else if (message.type == 'E') {
        return on_execute(message, now, out);
    } else if (message.type == 'P') {
        on_parse(message, out);
        return true;
    } else if (message.type == 'C') {
        on_close(message, out);
        return true;
    } else if (message.type == 'D') {
        pending.push(request_kind::describe);
    } else if (message.type == 'F') {
        pending.push(request_kind::function_call);
        session_.repeater.make_unrepeatable();
    } else {
        pending.push_copy_end();
    }
    out.pass(message.bytes);
    return true;
}

// Whether a decision does not depend on responses that are not here. A decisive statement, which
// begins or ends a transaction, depends on whether all earlier ones succeed.
bool request_filter::can_decide(bool is_decisive) const {
    const response_queue& pending = session_.pending;
    if (pending.reads_copy_data()) {
        return true;  // PostgreSQL will close the connection
    }
    if (session_.is_prediction_wrong) {
        return false;
    }
    return is_decisive ? !pending.survives_failure() : !pending.survives_decisive_failure();
}

// Whether what a name stands for does not depend on such responses.
bool request_filter::is_certain(const statement_names::record& name) const {
    return session_.pending.reads_copy_data() ||
           !session_.pending.survives_failure_of(name.expected_by);
}

// Returns the name that an EXECUTE executes; null if it stands for nothing, and for other
// statements.
const statement_names::record* request_filter::find_executed(const prepared_statement& prepared) {
    const std::string& name = prepared.statement.executed_name;
    return name.empty() ? nullptr : session_.statements.find(name);
}

// Whether it is certain what an EXECUTE executes.
bool request_filter::knows_executed(const prepared_statement& prepared) {
    const statement_names::record* const executed = find_executed(prepared);
    return executed == nullptr || is_certain(*executed);
}

// An EXECUTE does what the prepared statement does.
decision request_filter::decide(const prepared_statement& prepared, time_point now) {
    const statement_names::record* const executed = find_executed(prepared);
    if (executed == nullptr || !executed->expected) {
        return decide(prepared.statement, now);
    }
    const sql_statement& what = executed->expected->statement;
    sql_statement execution = prepared.statement;
    execution.touches_storage = execution.touches_storage || what.touches_storage;
    execution.writes = execution.writes || what.writes;
    execution.may_write = execution.may_write || what.may_write;
    return decide(execution, now);
}

// Asks the policy, and follows the beginning and the end of the transaction.
decision request_filter::decide(const sql_statement& statement, time_point now) {
    const block_state before = session_.policy.block();
    const decision decided =
        session_.policy.evaluate(statement, now, session_.repeater.expected_fate(statement));
    const bool is_executed = decided.what != action::reject && decided.what != action::fail_commit;
    return session_.repeater.follow(statement, before, is_executed)
               ? decided
               : decision{action::fail_commit, data_conflict()};
}

bool request_filter::on_query(const wire::stream_piece& message, time_point now,
                              wire::relay_buffer& out) {
    std::string_view rest = message.body();
    const auto sql = take_string(rest);
    const auto statements = split_query(sql.value_or(""), *session_.shared);
    const bool is_decisive =
        std::any_of(statements.begin(), statements.end(),
                    [](const auto& statement) { return statement.changes_decisions(); });
    const bool is_known =
        std::all_of(statements.begin(), statements.end(),
                    [this](const auto& statement) { return knows_executed(statement); });
    if (!is_known || !can_decide(is_decisive)) {
        return false;
    }
    expected_response& response = session_.pending.push(request_kind::query);
    response.can_be_retried = statements.size() == 1 && statements.front().statement.may_write;
    const std::string rewritten = rewrite_query(sql.value_or(""), statements, now, response);
    session_.policy.end_implicit_transaction();
    // A simple query drops the unnamed statement.
    session_.pending.set_name_change(session_.statements, session_.statements.at(""), nullptr);
    if (is_decisive) {
        session_.pending.mark_decisive();
    }
    if (session_.is_cut) {
        return true;
    }
    if (rewritten.empty()) {
        out.pass(message.bytes);
    } else {
        replace_front(message, with_nul(rewritten), rest, out);
    }
    return true;
}

// Returns the query for PostgreSQL; empty if it is unchanged. It ends with the first statement that
// is rejected: PostgreSQL executes none after it, and returns the results of those before.
std::string request_filter::rewrite_query(std::string_view sql,
                                          const std::vector<prepared_statement>& statements,
                                          time_point now, expected_response& response) {
    edited_query query(sql);
    session_.repeater.begin_query();
    for (const prepared_statement& prepared : statements) {
        const sql_statement& statement = prepared.statement;
        const decision decided = decide(prepared, now);
        if (decided.what == action::reject) {
            query.replace(statement, "EXECUTE \"" + force_error(decided.error, response) + "\"");
            return query.take_beginning();
        }
        note_changes(prepared, decided, response);
        const std::string_view text = query.text_of(statement);
        const std::string rewritten = rewrite_statement(text, statement, decided, response);
        if (!rewritten.empty()) {
            query.replace(statement, rewritten);
        }
        session_.repeater.add_to_query(prepared, rewritten.empty() ? text : rewritten);
    }
    session_.repeater.end_query(response);
    return query.take();
}

// Returns what PostgreSQL gets instead of a statement; empty if it gets the statement.
std::string request_filter::rewrite_statement(std::string_view sql, const sql_statement& statement,
                                              const decision& decided,
                                              expected_response& response) {
    if (decided.what == action::fail_commit) {
        force_error(decided.error, response);
        return failing_commit_sql(forced_error_count_);
    }
    if (statement.kind == statement_kind::begin) {
        std::string text(sql);
        session_.repeater.add_after_begin(text, response);
        return text;
    }
    return statement.call.sql;
}

// Notes how the responses to a statement that PostgreSQL gets must be changed.
void request_filter::note_changes(const prepared_statement& prepared, const decision& decided,
                                  expected_response& response) {
    const sql_statement& statement = prepared.statement;
    if (session_.policy.is_permanent(statement)) {
        response.change().has_ddl = true;
        response.change().tolerates_existing |= statement.tolerates_existing;
        if (!response.change().schema_change) {
            response.change().schema_change.emplace(session_.foreign_changes.begin_own());
        }
    }
    if (!statement.call.tag.empty()) {
        response.change().call_tags.push_back(statement.call.tag);
    }
    if (statement.explains) {
        response.change().dpu_estimates.push_back(statement.estimates_dpus);
    }
    note_effects(prepared, response);
    if (decided.what == action::cut_before) {
        session_.is_cut = true;
    } else if (decided.what == action::cut_after) {
        response.change().cuts_after = true;
    } else if (decided.what == action::replace_result) {
        response.change().replacement = decided.error;
        response.change().replaces_only_commit = statement.kind == statement_kind::commit;
    } else if (decided.what == action::fail_commit) {
        response.change().failed_commit_error = decided.error;
    }
}

// Notes what the statement does to the session, if it succeeds.
void request_filter::note_effects(const prepared_statement& prepared, expected_response& response) {
    const statement_names::record* const executed = find_executed(prepared);
    const bool may_cancel =
        prepared.effects.may_cancel_backends || (executed != nullptr && executed->expected &&
                                                 executed->expected->effects.may_cancel_backends);
    if (may_cancel && !response.change().cancellation) {
        response.change().cancellation.emplace(
            std::shared_ptr<activity_watch>(session_.shared, &session_.shared->cancellations));
    }
    if (prepared.effects.drops_statements && !prepared.effects.dropped_name.empty()) {
        response.change().dropped_names.push_back(prepared.effects.dropped_name);
    }
    if (prepared.statement.prepared) {
        statement_names& names = session_.statements;
        session_.pending.add_prepared(names, names.at(prepared.statement.prepared_name),
                                      prepared.make_prepared());
    }
}

std::string request_filter::force_error(const wire::error_response& error,
                                        expected_response& response) {
    response.change().forced_errors.emplace_back(++forced_error_count_, error);
    return forced_error_statement(forced_error_count_);
}

void request_filter::on_parse(const wire::stream_piece& message, wire::relay_buffer& out) {
    std::string_view rest = message.body();
    const auto name = take_string(rest);
    const auto sql = name ? take_string(rest) : std::nullopt;
    expected_response& response = session_.pending.push(request_kind::parse);
    if (!sql) {
        out.pass(message.bytes);
        return;
    }
    const auto prepared = prepare_statement(*sql, *session_.shared);
    const procedure_call& call = prepared->statement.call;
    if (message.is_whole()) {
        prepared->parse_tail = with_nul(call.empty() ? *sql : call.sql).append(rest);
    }
    session_.pending.set_name_change(session_.statements, session_.statements.at(*name), prepared);
    const decision decided = session_.policy.evaluate_parse(prepared->statement);
    if (decided.what == action::reject) {
        const std::string sql_that_fails = failing_parse_sql(force_error(decided.error, response));
        replace_front(message, with_nul(*name) + with_nul(sql_that_fails), rest, out);
    } else if (call.empty()) {
        out.pass(message.bytes);
    } else {
        replace_front(message, with_nul(*name) + with_nul(call.sql), rest, out);
    }
}

bool request_filter::on_bind(const wire::stream_piece& message, wire::relay_buffer& out) {
    std::string_view rest = message.body();
    const auto portal = take_string(rest);
    const auto name = portal ? take_string(rest) : std::nullopt;
    const statement_names::record* const bound = name ? session_.statements.find(*name) : nullptr;
    if (bound != nullptr && !(can_decide(false) && is_certain(*bound))) {
        return false;
    }
    session_.pending.push(request_kind::bind);
    if (portal) {
        session_.pending.set_name_change(session_.portals, session_.portals.at(*portal),
                                         bound == nullptr ? nullptr : bound->expected);
        session_.repeater.record_bind(*portal,
                                      message.is_whole() ? std::optional(rest) : std::nullopt);
    }
    out.pass(message.bytes);
    return true;
}

// The policy decides when a statement is executed, because the transaction can have changed since
// it was bound. A portal that was executed once only continues.
bool request_filter::on_execute(const wire::stream_piece& message, time_point now,
                                wire::relay_buffer& out) {
    std::string_view rest = message.body();
    const auto name = take_string(rest);
    statement_names::record* const portal = name ? session_.portals.find(*name) : nullptr;
    if (portal != nullptr && !is_certain(*portal)) {
        return false;
    }
    const statement_names::statement prepared = portal == nullptr ? nullptr : portal->expected;
    if (!prepared) {
        session_.pending.push(request_kind::execute);
        session_.repeater.make_unrepeatable();
        out.pass(message.bytes);
        return true;
    }
    if (!knows_executed(*prepared) || !can_decide(prepared->changes_decisions())) {
        return false;
    }
    const std::uint64_t bound_by = portal->expected_by;
    const decision decided = decide(*prepared, now);
    if (decided.what == action::fail_commit) {
        inject_failing_commit(++forced_error_count_, out);
    }
    expected_response& response = session_.pending.push(request_kind::execute);
    session_.pending.set_name_change(session_.portals, *portal, nullptr);
    if (prepared->changes_decisions()) {
        session_.pending.mark_decisive();
    }
    if (decided.what == action::reject) {
        replace_front(message, with_nul(force_error(decided.error, response)), rest, out);
        return true;
    }
    note_changes(*prepared, decided, response);
    if (decided.what == action::fail_commit) {
        response.change().forced_errors.emplace_back(forced_error_count_, decided.error);
        replace_front(message, with_nul(failing_commit_name), rest, out);
    } else if (!session_.is_cut) {
        response.can_be_retried = rest == no_row_limit && prepared->statement.may_write;
        session_.repeater.record_execution(*prepared, *name, bound_by, response);
        out.pass(message.bytes);
        if (session_.repeater.has_begun_block()) {
            session_.repeater.inject_after_begin(out);
        }
    }
    return true;
}

// Prepares a statement that fails instead of the client's COMMIT. The client's own prepared
// statement stays unchanged, because the client may execute it again.
void request_filter::inject_failing_commit(std::uint64_t number, wire::relay_buffer& out) {
    for (const request_kind kind : {request_kind::close, request_kind::parse, request_kind::bind}) {
        session_.pending.push(kind).is_injected = true;
    }
    out.add(wire::encode_close_statement(failing_commit_name));
    out.add(wire::encode_parse(failing_commit_name, wire::parse_tail(failing_commit_sql(number))));
    out.add(wire::encode_bind(failing_commit_name, failing_commit_name));
}

void request_filter::on_close(const wire::stream_piece& message, wire::relay_buffer& out) {
    std::string_view rest = message.body();
    session_.pending.push(request_kind::close);
    if (!rest.empty() && (rest.front() == 'S' || rest.front() == 'P')) {
        statement_names& names = rest.front() == 'S' ? session_.statements : session_.portals;
        rest.remove_prefix(1);
        if (const auto name = take_string(rest)) {
            session_.pending.set_name_change(names, names.at(*name), nullptr);
        }
    }
    out.pass(message.bytes);
}

}  // namespace dsql_local
