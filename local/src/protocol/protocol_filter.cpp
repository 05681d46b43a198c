// SPDX-License-Identifier: Apache-2.0
#include "protocol/protocol_filter.hpp"

#include "protocol/dpu_estimate.hpp"
#include "protocol/dsql_errors.hpp"
#include "protocol/forced_errors.hpp"
#include "wire/messages.hpp"

#include <algorithm>

namespace dsql_local {
namespace {

// Query, Parse, Bind, Close, Sync, FunctionCall, CopyDone, CopyFail.
constexpr std::string_view request_types = "QPBCSFcf";
// CommandComplete, ErrorResponse, ReadyForQuery, ParseComplete, CloseComplete, CopyInResponse.
constexpr std::string_view response_types = "CEZ13G";

// The name of a prepared statement of the endpoint. A client has no reason to use it.
constexpr std::string_view failing_commit_name = "dsql_local_commit";

constexpr std::string_view temporary_objects_message =
    "cannot PREPARE a transaction that has operated on temporary objects";

std::string encode_query(std::string_view sql) {
    return encode_message('Q', std::string(sql) + '\0');
}

// Returns a Bind message for another statement with the parameters of `body`.
std::string rename_bound_statement(std::string_view body, std::string_view name) {
    const std::string_view portal = take_c_string(body);
    take_c_string(body);
    std::string renamed;
    append_c_string(renamed, portal);
    append_c_string(renamed, name);
    renamed += body;
    return encode_message('B', renamed);
}

std::string encode_close(std::string_view statement) {
    return encode_message('C', std::string("S").append(statement) + '\0');
}

// Returns a Parse message without parameter types.
std::string encode_parse(std::string_view name, std::string_view sql) {
    std::string body;
    append_c_string(body, name);
    append_c_string(body, sql);
    body.append(2, '\0');
    return encode_message('P', body);
}

bool contains(const std::vector<std::uint32_t>& numbers, std::uint32_t number) {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

}  // namespace

protocol_filter::protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits)
    : requests_(request_types),
      responses_(response_types),
      shared_(std::move(shared)),
      policy_(shared_, limits) {}

void protocol_filter::filter_requests(std::string_view bytes, time_point now,
                                      std::string& to_server) {
    while (const auto piece = requests_.next(bytes)) {
        if (piece->is_message()) {
            on_request(*piece, now, to_server);
        } else {
            to_server += piece->bytes;
        }
        if (is_cut_) {
            return;
        }
    }
}

void protocol_filter::on_request(const stream_piece& message, time_point now, std::string& out) {
    switch (message.type) {
        case 'Q':
            on_query(message, now, out);
            return;
        case 'P':
            on_parse(message, out);
            return;
        case 'B':
            on_bind(message, now, out);
            return;
        case 'C':
            on_close(message, out);
            return;
        case 'S':
            pending_.close_by_sync();
            break;
        case 'F':
            pending_.close_by_query();
            break;
        default:
            pending_.end_copy();
            break;
    }
    out += message.bytes;
}

void protocol_filter::on_query(const stream_piece& message, time_point now, std::string& out) {
    std::string_view body = message.body();
    const std::string rewritten = rewrite_query(take_c_string(body), now);
    pending_.close_by_query();
    if (is_cut_) {
        return;
    }
    if (rewritten.empty()) {
        out += message.bytes;
    } else {
        out += encode_query(rewritten);
    }
}

// Returns the query for PostgreSQL; empty if it is unchanged. If one statement is rejected, the
// whole query is.
std::string protocol_filter::rewrite_query(std::string_view sql, time_point now) {
    const statement_policy before = policy_;
    std::string rewritten;
    std::size_t copied = 0;
    const auto replace = [&](const sql_statement& statement, const std::string& text) {
        rewritten.append(sql.substr(copied, statement.offset - copied)).append(text);
        copied = statement.offset + statement.size;
    };
    for (const sql_statement& statement : split_statements(sql)) {
        const decision decided = policy_.evaluate(statement, now);
        if (decided.what == action::reject) {
            policy_.roll_back_to(before);
            return "EXECUTE \"" + force_error(decided.error) + "\"";
        }
        track(statement, decided);
        if (decided.what == action::fail_commit) {
            force_error(decided.error);
            replace(statement, failing_commit_sql(forced_error_count_));
        } else if (!statement.call.empty()) {
            replace(statement, statement.call.sql);
        }
    }
    if (copied > 0) {
        rewritten.append(sql.substr(copied));
    }
    return rewritten;
}

// Records how the responses to a statement that PostgreSQL gets must be changed.
void protocol_filter::track(const sql_statement& statement, const decision& decided) {
    pending_request& request = pending_.newest();
    request.has_ddl = request.has_ddl || policy_.is_permanent(statement);
    if (!statement.call.empty()) {
        request.call_tags.push_back(statement.call.tag);
    }
    if (statement.explains) {
        request.dpu_estimates.push_back(statement.estimates_dpus);
    }
    if (decided.what == action::cut_before) {
        is_cut_ = true;
    } else if (decided.what == action::cut_after) {
        request.closes_after = true;
        request.is_suppressed = true;
    } else if (decided.what == action::replace_result) {
        request.replacement = decided.error;
        request.replaces_only_commit = statement.kind == statement_kind::commit;
    } else if (decided.what == action::fail_commit) {
        request.failed_commit_error = decided.error;
    }
}

std::string protocol_filter::force_error(const error_response& error) {
    pending_.newest().forced_errors.emplace_back(++forced_error_count_, error);
    return forced_error_statement(forced_error_count_);
}

void protocol_filter::on_parse(const stream_piece& message, std::string& out) {
    std::string_view rest = message.body();
    const std::string name(take_c_string(rest));
    const auto statements = split_statements(take_c_string(rest));
    ++pending_.newest().parses;
    // PostgreSQL rejects a Parse of several statements.
    sql_statement& statement = prepared_[name];
    statement = statements.size() == 1 ? statements.front() : sql_statement{};
    if (statement.call.empty()) {
        out += message.bytes;
        return;
    }
    std::string body;
    append_c_string(body, name);
    append_c_string(body, statement.call.sql);
    body += rest;
    out += encode_message('P', body);
}

void protocol_filter::on_bind(const stream_piece& message, time_point now, std::string& out) {
    std::string_view rest = message.body();
    take_c_string(rest);
    const auto found = prepared_.find(take_c_string(rest));
    pending_.newest();
    const decision decided =
        found == prepared_.end() ? decision{} : policy_.evaluate(found->second, now);
    if (decided.what == action::reject) {
        out += rename_bound_statement(message.body(), force_error(decided.error));
        return;
    }
    if (found != prepared_.end()) {
        track(found->second, decided);
    }
    if (decided.what == action::fail_commit) {
        bind_failing_commit(message, decided.error, out);
    } else if (!is_cut_) {
        out += message.bytes;
    }
}

// Binds a statement that fails instead of the client's COMMIT. The client's own prepared statement
// stays unchanged, because the client may execute it again. The client does not get the responses
// to the injected Close and Parse.
void protocol_filter::bind_failing_commit(const stream_piece& message, const error_response& error,
                                          std::string& out) {
    force_error(error);
    pending_request& request = pending_.newest();
    request.injected_closes.push_back(++request.closes);
    request.injected_parses.push_back(++request.parses);
    out += encode_close(failing_commit_name);
    out += encode_parse(failing_commit_name, failing_commit_sql(forced_error_count_));
    out += rename_bound_statement(message.body(), failing_commit_name);
}

void protocol_filter::on_close(const stream_piece& message, std::string& out) {
    std::string_view body = message.body();
    ++pending_.newest().closes;
    if (!body.empty() && body.front() == 'S') {
        body.remove_prefix(1);
        const auto found = prepared_.find(take_c_string(body));
        if (found != prepared_.end()) {
            prepared_.erase(found);
        }
    }
    out += message.bytes;
}

void protocol_filter::filter_responses(std::string_view bytes, time_point now,
                                       std::string& to_client) {
    while (const auto piece = responses_.next(bytes)) {
        if (piece->is_message()) {
            on_response(*piece, now, to_client);
        } else if (!is_suppressed()) {
            to_client += piece->bytes;
        }
        if (is_cut_) {
            return;
        }
    }
}

bool protocol_filter::is_suppressed() {
    const pending_request* request = pending_.oldest();
    return request != nullptr && request->is_suppressed;
}

void protocol_filter::on_response(const stream_piece& message, time_point now, std::string& out) {
    if (message.type == 'Z') {
        on_ready_for_query(message, now, out);
    } else if (message.type == 'C') {
        on_command_complete(message, out);
    } else if (message.type == 'E') {
        on_error(message, out);
    } else {
        if (message.type == 'G') {
            pending_.begin_copy();
        }
        if (!is_injected_response(message.type) && !is_suppressed()) {
            out += message.bytes;
        }
    }
}

bool protocol_filter::is_injected_response(char type) {
    pending_request* request = pending_.oldest();
    if (request == nullptr || (type != '1' && type != '3')) {
        return false;
    }
    return type == '1' ? contains(request->injected_parses, ++request->completed_parses)
                       : contains(request->injected_closes, ++request->completed_closes);
}

void protocol_filter::on_command_complete(const stream_piece& message, std::string& out) {
    std::string_view body = message.body();
    const std::string_view original_tag = take_c_string(body);
    const std::string_view tag = rewrite_tag(original_tag);
    track_ddl(tag);
    pending_request* request = pending_.oldest();
    const bool has_estimate = takes_dpu_estimate(tag);
    if (is_suppressed()) {
        return;
    }
    if (has_estimate) {
        out += dpu_estimate_rows();
    }
    if (request != nullptr && request->replacement &&
        (!request->replaces_only_commit || tag == "COMMIT")) {
        out += encode_error_response(*request->replacement, "ERROR");
        request->is_suppressed = true;
    } else if (tag == original_tag) {
        out += message.bytes;
    } else {
        out += encode_message('C', std::string(tag) + '\0');
    }
}

// Returns the command tag for the client: DSQL's tag if the statement was replaced by a CALL.
std::string_view protocol_filter::rewrite_tag(std::string_view tag) {
    pending_request* request = pending_.oldest();
    if (request == nullptr || request->call_tags.empty() || tag != "CALL") {
        return tag;
    }
    const std::string_view tag_to_show = request->call_tags.front();
    request->call_tags.pop_front();
    return tag_to_show;
}

// Whether the EXPLAIN that is now complete has an estimate of DPUs.
bool protocol_filter::takes_dpu_estimate(std::string_view tag) {
    pending_request* request = pending_.oldest();
    if (tag != "EXPLAIN" || request == nullptr || request->dpu_estimates.empty()) {
        return false;
    }
    const bool has_estimate = request->dpu_estimates.front();
    request->dpu_estimates.pop_front();
    return has_estimate;
}

void protocol_filter::track_ddl(std::string_view tag) {
    const pending_request* request = pending_.oldest();
    if (tag == "COMMIT") {
        ddl_is_committed_ = ddl_is_committed_ || ddl_is_pending_;
        ddl_is_pending_ = false;
    } else if (tag == "ROLLBACK") {
        ddl_is_pending_ = false;
    } else if (request != nullptr && request->has_ddl) {
        ddl_is_pending_ = true;
    }
}

void protocol_filter::on_error(const stream_piece& message, std::string& out) {
    ddl_is_pending_ = false;
    pending_request* request = pending_.oldest();
    if (request != nullptr) {
        request->has_failed = true;
    }
    if (is_suppressed()) {
        return;
    }
    const std::string_view severity = find_error_field(message.body(), 'V');
    if (const error_response* error = find_forced_error(message.body())) {
        out += encode_error_response(*error, severity);
    } else if (const auto translated = translate_error(message.body())) {
        out += encode_error_response(*translated, severity);
    } else if (request != nullptr &&
               !request->call_tags.empty()) {  // an error within the CALL that replaced a statement
        out += encode_error_response(strip_context(message.body()), severity);
    } else {
        out += message.bytes;
    }
}

// Returns null if the error is PostgreSQL's own.
const error_response* protocol_filter::find_forced_error(std::string_view body) {
    pending_request* request = pending_.oldest();
    if (request == nullptr) {
        return nullptr;
    }
    const std::string_view message = find_error_field(body, 'M');
    if (request->failed_commit_error && message == temporary_objects_message) {
        return &*request->failed_commit_error;
    }
    const auto number = find_forced_error_number(message);
    for (const auto& [known, error] : request->forced_errors) {
        if (number == known) {
            return &error;
        }
    }
    return nullptr;
}

void protocol_filter::on_ready_for_query(const stream_piece& message, time_point now,
                                         std::string& out) {
    const pending_request* request = pending_.oldest();
    if (request != nullptr && request->closes_after) {
        is_cut_ = true;
    }
    pending_.finish();
    const char status = message.body().empty() ? 'I' : message.body().front();
    if (ddl_is_committed_ || (status == 'I' && ddl_is_pending_)) {
        policy_.record_own_ddl();
    }
    ddl_is_committed_ = false;
    ddl_is_pending_ = ddl_is_pending_ && status == 'T';
    if (pending_.empty()) {
        policy_.synchronize(status, now);
    }
    if (!is_cut_) {
        out += message.bytes;
    }
}

}  // namespace dsql_local
