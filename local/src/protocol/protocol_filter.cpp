// SPDX-License-Identifier: Apache-2.0
#include "protocol/protocol_filter.hpp"

#include "protocol/dsql_errors.hpp"
#include "protocol/forced_errors.hpp"
#include "wire/messages.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace dsql_local {
namespace {

constexpr message_parts request_parts = {
    {'Q', message_part::one_string},  {'P', message_part::small_whole},
    {'B', message_part::small_whole}, {'E', message_part::whole},
    {'C', message_part::one_string},  {'D', message_part::header},
    {'F', message_part::header},      {'S', message_part::header},
    {'c', message_part::header},      {'f', message_part::header},
};

constexpr message_parts response_parts = {
    {'1', message_part::header},  // ParseComplete
    {'2', message_part::header},  // BindComplete
    {'3', message_part::header},  // CloseComplete
    {'n', message_part::header},  // NoData
    {'T', message_part::header},  // RowDescription
    {'I', message_part::header},  // EmptyQueryResponse
    {'s', message_part::header},  // PortalSuspended
    {'G', message_part::header},  // CopyInResponse
    {'V', message_part::header},  // FunctionCallResponse
    {'C', message_part::whole},   // CommandComplete
    {'E', message_part::whole},   // ErrorResponse
    {'K', message_part::whole},   // BackendKeyData
    {'S', message_part::whole},   // ParameterStatus
    {'Z', message_part::whole},   // ReadyForQuery
};

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
                                                      : std::optional(take_c_string(bytes));
}

// Writes a message of which `new_front` replaces the beginning of the body. What follows the piece
// in the stream stays the same.
void replace_front(const stream_piece& message, std::string_view new_front,
                   std::string_view unchanged, relay_buffer& out) {
    const std::size_t removed = message.body().size() - unchanged.size();
    const std::size_t size = message.size - 1 - removed + new_front.size();
    std::string header(1, message.type);
    append_uint32(header, static_cast<std::uint32_t>(size));
    out.add(header);
    out.add(new_front);
    out.add(unchanged);
}

std::string with_nul(std::string_view text) {
    return std::string(text) + '\0';
}

// A Close message for a prepared statement.
std::string encode_close(std::string_view statement) {
    return encode_message('C', 'S' + with_nul(statement));
}

// A Parse message without parameter types.
std::string encode_parse(std::string_view name, std::string_view sql) {
    return encode_message('P', with_nul(name) + with_nul(sql) + std::string(2, '\0'));
}

// A Bind message without parameters and result formats.
std::string encode_bind(std::string_view portal, std::string_view statement) {
    return encode_message('B', with_nul(portal) + with_nul(statement) + std::string(6, '\0'));
}

}  // namespace

protocol_filter::protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits,
                                 std::size_t message_size_limit)
    : protocol_filter(
          std::move(shared), limits,
          {.message = 1 + (message_size_limit > 0 ? message_size_limit : max_message_size),
           .part = max_held_size}) {}

protocol_filter::protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits,
                                 const message_splitter::limits& sizes)
    : requests_(request_parts, sizes),
      responses_(response_parts),
      shared_(std::move(shared)),
      policy_(shared_, limits),
      transaction_(shared_->conflicts),
      seen_cancellations_(shared_->cancellations.changes()),
      sizes_(sizes) {}

void protocol_filter::filter_requests(std::string_view chunk, time_point now,
                                      relay_buffer& to_server) {
    to_server.reset(chunk);
    process_requests(chunk, now, to_server);
}

void protocol_filter::resume_requests(time_point now, relay_buffer& to_server) {
    kept_requests kept = std::move(*kept_);
    kept_.reset();
    resumed_ = std::move(kept.rest);
    to_server.reset(resumed_);
    kept.piece.bytes = kept.bytes;
    process_request(kept.piece, now, to_server);
    if (!is_waiting()) {
        process_requests(resumed_, now, to_server);
    } else {
        kept_->rest = std::move(resumed_);
    }
}

void protocol_filter::process_requests(std::string_view chunk, time_point now, relay_buffer& out) {
    while (!is_cut_ && !closing_error_) {
        const auto piece = requests_.next(chunk);
        if (!piece) {
            return;
        }
        process_request(*piece, now, out);
        if (is_waiting()) {
            kept_->rest = chunk;
            return;
        }
    }
}

void protocol_filter::process_request(const stream_piece& piece, time_point now,
                                      relay_buffer& out) {
    if (piece.is_too_large) {
        on_too_large(piece, out);
    } else if (!piece.is_message()) {
        if (!piece.is_rest || !drops_request_) {
            out.pass(piece.bytes);
        }
    } else {
        drops_request_ = false;
        if (!may_process(out) || !on_request(piece, now, out)) {
            kept_ = kept_requests{piece, std::string(piece.bytes), {}};
        }
    }
}

// PostgreSQL closes the connection when it comes to the impossible length, after it has answered
// everything before.
void protocol_filter::on_too_large(const stream_piece& message, relay_buffer& out) {
    out.add(std::string(1, message.type) + std::string(4, '\0'));
    closing_error_ = message.size > sizes_.message ? message_too_large(sizes_.message - 1)
                                                   : statement_too_large(sizes_.part);
}

// Returns false if the request must be kept back.
bool protocol_filter::on_request(const stream_piece& message, time_point now, relay_buffer& out) {
    if (message.type == 'S') {
        if (has_unexecuted_portal_) {
            transaction_.journal().make_unrepeatable();  // a rollback would drop the portal
        }
        pending_.push_sync();
        policy_.end_implicit_transaction();
    } else if (pending_.is_skipping()) {
        drops_request_ = true;  // as PostgreSQL does
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
        pending_.push(request_kind::describe);
    } else if (message.type == 'F') {
        pending_.push(request_kind::function_call);
        transaction_.journal().make_unrepeatable();
    } else {
        pending_.push_copy_end();
    }
    out.pass(message.bytes);
    return true;
}

// Whether a decision does not depend on responses that are not here. A decisive statement, which
// begins or ends a transaction, depends on whether all earlier ones succeed.
bool protocol_filter::can_decide(bool is_decisive) const {
    if (pending_.reads_copy_data()) {
        return true;  // PostgreSQL will close the connection
    }
    if (is_prediction_wrong_) {
        return false;
    }
    return is_decisive ? !pending_.survives_failure() : !pending_.survives_decisive_failure();
}

// Whether what a name stands for does not depend on such responses.
bool protocol_filter::is_certain(const statement_names::record& name) const {
    return pending_.reads_copy_data() || !pending_.survives_failure_of(name.expected_by);
}

bool protocol_filter::on_query(const stream_piece& message, time_point now, relay_buffer& out) {
    std::string_view rest = message.body();
    const auto sql = take_string(rest);
    const auto statements = split_query(sql.value_or(""), shared_->dialect);
    const bool is_decisive =
        std::any_of(statements.begin(), statements.end(),
                    [](const auto& statement) { return statement.changes_decisions(); });
    if (!can_decide(is_decisive)) {
        return false;
    }
    expected_response& response = pending_.push(request_kind::query);
    const std::string rewritten = rewrite_query(sql.value_or(""), statements, now, response);
    policy_.end_implicit_transaction();
    // A simple query drops the unnamed statement.
    pending_.set_name_change(statements_, statements_.at(""), nullptr);
    if (is_decisive) {
        pending_.mark_decisive();
    }
    if (is_cut_) {
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
std::string protocol_filter::rewrite_query(std::string_view sql,
                                           const std::vector<prepared_statement>& statements,
                                           time_point now, expected_response& response) {
    std::string rewritten;
    std::size_t copied = 0;
    const auto replace = [&](const sql_statement& statement, const std::string& text) {
        rewritten.append(sql.substr(copied, statement.offset - copied)).append(text);
        copied = statement.offset + statement.size;
    };
    std::string recorded;
    bool is_recorded = has_recorded_write_;
    for (const prepared_statement& prepared : statements) {
        const sql_statement& statement = prepared.statement;
        const transaction_id outer = transaction_.id();
        const decision decided = decide(statement, now);
        if (decided.what == action::reject) {
            replace(statement, "EXECUTE \"" + force_error(decided.error, response) + "\"");
            return rewritten;
        }
        track(prepared, decided, response);
        if (decided.what == action::fail_commit) {
            force_error(decided.error, response);
            replace(statement, failing_commit_sql(forced_error_count_));
        } else if (!statement.call.empty()) {
            replace(statement, statement.call.sql);
        }
        if (prepared_statement::controls_transaction(statement)) {
            recorded.clear();
            is_recorded = false;
        } else if (!prepared.effects.drops_statements) {
            recorded.append(statement.call.empty() ? sql.substr(statement.offset, statement.size)
                                                   : statement.call.sql);
            recorded += "\n;";
            is_recorded = is_recorded || must_be_repeated(statement);
        }
        if (statement.kind == statement_kind::begin && transaction_.id() != outer &&
            decides_conflicts_at_commit(shared_->dialect)) {
            ++response.change().begins;
            std::string text(sql.substr(statement.offset, statement.size));
            replace(statement, text.append(statements_after_begin()));
        }
    }
    record_query(recorded, is_recorded, response);
    if (copied > 0) {
        rewritten.append(sql.substr(copied));
    }
    return rewritten;
}

// Records how the responses to a statement that PostgreSQL gets must be changed.
void protocol_filter::track(const prepared_statement& prepared, const decision& decided,
                            expected_response& response) {
    const sql_statement& statement = prepared.statement;
    if (policy_.is_permanent(statement)) {
        response.change().has_ddl = true;
    }
    if (!statement.call.tag.empty()) {
        response.change().call_tags.push_back(statement.call.tag);
    }
    if (statement.explains) {
        response.change().dpu_estimates.push_back(statement.estimates_dpus);
    }
    if (prepared.effects.drops_statements && !prepared.effects.dropped_name.empty()) {
        response.change().dropped_names.push_back(prepared.effects.dropped_name);
    }
    if (prepared.effects.may_cancel_backends && !response.change().cancellation) {
        response.change().cancellation.emplace(shared_);
    }
    if (decided.what == action::cut_before) {
        is_cut_ = true;
    } else if (decided.what == action::cut_after) {
        response.change().cuts_after = true;
    } else if (decided.what == action::replace_result) {
        response.change().replacement = decided.error;
        response.change().replaces_only_commit = statement.kind == statement_kind::commit;
    } else if (decided.what == action::fail_commit) {
        response.change().failed_commit_error = decided.error;
    }
}

std::string protocol_filter::force_error(const error_response& error, expected_response& response) {
    response.change().forced_errors.emplace_back(++forced_error_count_, error);
    return forced_error_statement(forced_error_count_);
}

void protocol_filter::on_parse(const stream_piece& message, relay_buffer& out) {
    std::string_view rest = message.body();
    const auto name = take_string(rest);
    const auto sql = name ? take_string(rest) : std::nullopt;
    expected_response& response = pending_.push(request_kind::parse);
    if (!sql) {
        out.pass(message.bytes);
        return;
    }
    const auto prepared = prepare_statement(*sql, shared_->dialect);
    if (message.is_whole()) {
        prepared->parse_tail =
            with_nul(prepared->statement.call.empty() ? *sql : prepared->statement.call.sql)
                .append(rest);
    }
    pending_.set_name_change(statements_, statements_.at(*name), prepared);
    const decision decided = policy_.evaluate_parse(prepared->statement);
    if (decided.what == action::reject) {
        const std::string sql_that_fails = failing_parse_sql(force_error(decided.error, response));
        replace_front(message, with_nul(*name) + with_nul(sql_that_fails), rest, out);
    } else if (prepared->statement.call.empty()) {
        out.pass(message.bytes);
    } else {
        replace_front(message, with_nul(*name) + with_nul(prepared->statement.call.sql), rest, out);
    }
}

bool protocol_filter::on_bind(const stream_piece& message, relay_buffer& out) {
    std::string_view rest = message.body();
    const auto portal = take_string(rest);
    const auto name = portal ? take_string(rest) : std::nullopt;
    const statement_names::record* const bound = name ? statements_.find(*name) : nullptr;
    if (bound != nullptr && !(can_decide(false) && is_certain(*bound))) {
        return false;
    }
    pending_.push(request_kind::bind);
    if (portal) {
        pending_.set_name_change(portals_, portals_.at(*portal),
                                 bound == nullptr ? nullptr : bound->expected);
        has_unexecuted_portal_ = true;
        if (message.is_whole() && policy_.is_in_block()) {
            bound_parameters& kept = bound_[std::string(*portal)];
            kept.request = pending_.newest();
            kept.bind_tail = rest;
        }
    }
    out.pass(message.bytes);
    return true;
}

// The policy decides when a statement is executed, because the transaction can have changed since
// it was bound. A portal that was executed once only continues.
bool protocol_filter::on_execute(const stream_piece& message, time_point now, relay_buffer& out) {
    std::string_view rest = message.body();
    const auto name = take_string(rest);
    statement_names::record* const portal = name ? portals_.find(*name) : nullptr;
    if (portal != nullptr && !is_certain(*portal)) {
        return false;
    }
    const statement_names::statement prepared = portal == nullptr ? nullptr : portal->expected;
    has_unexecuted_portal_ = false;
    if (!prepared) {
        pending_.push(request_kind::execute);
        transaction_.journal().make_unrepeatable();
        out.pass(message.bytes);
        return true;
    }
    if (!can_decide(prepared->changes_decisions())) {
        return false;
    }
    const transaction_id outer = transaction_.id();
    const std::uint64_t bound_by = portal->expected_by;
    const decision decided = decide(prepared->statement, now);
    if (decided.what == action::fail_commit) {
        inject_failing_commit(++forced_error_count_, out);
    }
    expected_response& response = pending_.push(request_kind::execute);
    pending_.set_name_change(portals_, *portal, nullptr);
    if (prepared->changes_decisions()) {
        pending_.mark_decisive();
    }
    if (decided.what == action::reject) {
        replace_front(message, with_nul(force_error(decided.error, response)), rest, out);
        return true;
    }
    track(*prepared, decided, response);
    if (decided.what == action::fail_commit) {
        response.change().forced_errors.emplace_back(forced_error_count_, decided.error);
        replace_front(message, with_nul(failing_commit_name), rest, out);
    } else if (!is_cut_) {
        record_execution(*prepared, *name, bound_by, response);
        out.pass(message.bytes);
        if (prepared->statement.kind == statement_kind::begin && transaction_.id() != outer) {
            inject_snapshot(out);
        }
    }
    return true;
}

// Prepares a statement that fails instead of the client's COMMIT. The client's own prepared
// statement stays unchanged, because the client may execute it again.
void protocol_filter::inject_failing_commit(std::uint64_t number, relay_buffer& out) {
    for (const request_kind kind : {request_kind::close, request_kind::parse, request_kind::bind}) {
        pending_.push(kind).is_injected = true;
    }
    out.add(encode_close(failing_commit_name));
    out.add(encode_parse(failing_commit_name, failing_commit_sql(number)));
    out.add(encode_bind(failing_commit_name, failing_commit_name));
}

void protocol_filter::on_close(const stream_piece& message, relay_buffer& out) {
    std::string_view rest = message.body();
    pending_.push(request_kind::close);
    if (!rest.empty() && (rest.front() == 'S' || rest.front() == 'P')) {
        statement_names& names = rest.front() == 'S' ? statements_ : portals_;
        rest.remove_prefix(1);
        if (const auto name = take_string(rest)) {
            pending_.set_name_change(names, names.at(*name), nullptr);
        }
    }
    out.pass(message.bytes);
}

}  // namespace dsql_local
