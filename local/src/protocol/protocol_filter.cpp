// SPDX-License-Identifier: Apache-2.0
#include "protocol/protocol_filter.hpp"

#include "protocol/dsql_errors.hpp"
#include "protocol/forced_errors.hpp"
#include "wire/wire_format.hpp"

#include <algorithm>

namespace dsql_local {
namespace {

// Query, Parse, Bind, Close, Sync, FunctionCall, CopyDone, CopyFail.
constexpr std::string_view request_types = "QPBCSFcf";
// CommandComplete, ErrorResponse, ReadyForQuery, ParseComplete, CloseComplete, CopyInResponse.
constexpr std::string_view answer_types = "CEZ13G";

// In each session that needs it; a client has no reason to use the name.
constexpr std::string_view failing_commit_name = "dsql_local_commit";

constexpr std::string_view temporary_objects_message =
    "cannot PREPARE a transaction that has operated on temporary objects";

std::string encode_query(std::string_view sql) {
    return encode_message('Q', std::string(sql) + '\0');
}

// A Bind of another statement.
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

// Without parameters.
std::string encode_parse(std::string_view name, std::string_view sql) {
    std::string body;
    append_c_string(body, name);
    append_c_string(body, sql);
    body.append(2, '\0');
    return encode_message('P', body);
}

bool holds(const std::vector<std::uint32_t>& numbers, std::uint32_t number) {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

}  // namespace

protocol_filter::protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits)
    : requests_(request_types),
      answers_(answer_types),
      shared_(std::move(shared)),
      gate_(shared_, limits) {}

void protocol_filter::take_requests(std::string_view bytes, time_point now,
                                    std::string& to_server) {
    while (const auto piece = requests_.next(bytes)) {
        if (piece->is_message()) {
            take_request(*piece, now, to_server);
        } else {
            to_server += piece->bytes;
        }
        if (is_cut_) {
            return;
        }
    }
}

void protocol_filter::take_request(const stream_piece& message, time_point now, std::string& out) {
    switch (message.type) {
        case 'Q':
            take_query(message, now, out);
            return;
        case 'P':
            take_parse(message, out);
            return;
        case 'B':
            take_bind(message, now, out);
            return;
        case 'C':
            take_close(message, out);
            return;
        case 'S':
            cycles_.close_by_sync();
            break;
        case 'F':
            cycles_.close_by_query();
            break;
        default:
            cycles_.end_copy();
            break;
    }
    out += message.bytes;
}

void protocol_filter::take_query(const stream_piece& message, time_point now, std::string& out) {
    std::string_view body = message.body();
    const std::string rewritten = rewrite_query(take_c_string(body), now);
    cycles_.close_by_query();
    if (is_cut_) {
        return;
    }
    if (rewritten.empty()) {
        out += message.bytes;
    } else {
        out += encode_query(rewritten);
    }
}

// Empty: it goes as it is. A statement that is refused has the whole of the query refused.
std::string protocol_filter::rewrite_query(std::string_view sql, time_point now) {
    const statement_policy before = gate_;
    std::string rewritten;
    std::size_t copied = 0;
    const auto replace = [&](const sql_statement& statement, const std::string& text) {
        rewritten.append(sql.substr(copied, statement.offset - copied)).append(text);
        copied = statement.offset + statement.size;
    };
    for (const sql_statement& statement : split_statements(sql)) {
        const decision decided = gate_.evaluate(statement, now);
        if (decided.what == action::refuse) {
            gate_.take_back_to(before);
            return "EXECUTE \"" + refuse(decided.why) + "\"";
        }
        accept(statement, decided);
        if (decided.what == action::fail_commit) {
            refuse(decided.why);
            replace(statement, failing_commit(refusal_count_));
        } else if (!statement.call.empty()) {
            replace(statement, statement.call.sql);
        }
    }
    if (copied > 0) {
        rewritten.append(sql.substr(copied));
    }
    return rewritten;
}

// What the answers have to be treated with, of a statement that PostgreSQL gets.
void protocol_filter::accept(const sql_statement& statement, const decision& decided) {
    request_tracker& cycle = cycles_.open();
    cycle.has_ddl = cycle.has_ddl || gate_.is_permanent(statement);
    if (!statement.call.empty()) {
        cycle.call_tags.push_back(statement.call.tag);
    }
    if (decided.what == action::cut_before) {
        is_cut_ = true;
    } else if (decided.what == action::cut_after) {
        cycle.cuts_after = true;
        cycle.is_withheld = true;
    } else if (decided.what == action::replace_answer) {
        cycle.replacement = decided.why;
        cycle.replaces_commit = statement.kind == statement_kind::commit;
    } else if (decided.what == action::fail_commit) {
        cycle.failing_commit = decided.why;
    }
}

std::string protocol_filter::refuse(const refusal& why) {
    cycles_.open().refusals.emplace_back(++refusal_count_, why);
    return refused_statement_name(refusal_count_);
}

void protocol_filter::take_parse(const stream_piece& message, std::string& out) {
    std::string_view rest = message.body();
    const std::string name(take_c_string(rest));
    const auto statements = split_statements(take_c_string(rest));
    ++cycles_.open().parses;
    // PostgreSQL will not take more than one.
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

void protocol_filter::take_bind(const stream_piece& message, time_point now, std::string& out) {
    std::string_view rest = message.body();
    take_c_string(rest);
    const auto found = prepared_.find(take_c_string(rest));
    cycles_.open();
    const decision decided =
        found == prepared_.end() ? decision{} : gate_.evaluate(found->second, now);
    if (decided.what == action::refuse) {
        out += rename_bound_statement(message.body(), refuse(decided.why));
        return;
    }
    if (found != prepared_.end()) {
        accept(found->second, decided);
    }
    if (decided.what == action::fail_commit) {
        bind_failing_commit(message, decided.why, out);
    } else if (!is_cut_) {
        out += message.bytes;
    }
}

// The client's own statement may be bound again, and must not fail then: so another is bound, made
// for the purpose, and the answers that this brings are kept from the client.
void protocol_filter::bind_failing_commit(const stream_piece& message, const refusal& why,
                                          std::string& out) {
    refuse(why);
    request_tracker& cycle = cycles_.open();
    cycle.own_closes.push_back(++cycle.closes);
    cycle.own_parses.push_back(++cycle.parses);
    out += encode_close(failing_commit_name);
    out += encode_parse(failing_commit_name, failing_commit(refusal_count_));
    out += rename_bound_statement(message.body(), failing_commit_name);
}

void protocol_filter::take_close(const stream_piece& message, std::string& out) {
    std::string_view body = message.body();
    ++cycles_.open().closes;
    if (!body.empty() && body.front() == 'S') {
        body.remove_prefix(1);
        const auto found = prepared_.find(take_c_string(body));
        if (found != prepared_.end()) {
            prepared_.erase(found);
        }
    }
    out += message.bytes;
}

void protocol_filter::take_answers(std::string_view bytes, time_point now, std::string& to_client) {
    while (const auto piece = answers_.next(bytes)) {
        if (piece->is_message()) {
            take_answer(*piece, now, to_client);
        } else if (!is_withheld()) {
            to_client += piece->bytes;
        }
        if (is_cut_) {
            return;
        }
    }
}

bool protocol_filter::is_withheld() {
    const request_tracker* cycle = cycles_.answered();
    return cycle != nullptr && cycle->is_withheld;
}

void protocol_filter::take_answer(const stream_piece& message, time_point now, std::string& out) {
    if (message.type == 'Z') {
        take_ready(message, now, out);
    } else if (message.type == 'C') {
        take_completion(message, out);
    } else if (message.type == 'E') {
        take_error(message, out);
    } else {
        if (message.type == 'G') {
            cycles_.begin_copy();
        }
        if (!is_own_answer(message.type) && !is_withheld()) {
            out += message.bytes;
        }
    }
}

bool protocol_filter::is_own_answer(char type) {
    request_tracker* cycle = cycles_.answered();
    if (cycle == nullptr || (type != '1' && type != '3')) {
        return false;
    }
    return type == '1' ? holds(cycle->own_parses, ++cycle->answered_parses)
                       : holds(cycle->own_closes, ++cycle->answered_closes);
}

void protocol_filter::take_completion(const stream_piece& message, std::string& out) {
    std::string_view body = message.body();
    const std::string_view sent = take_c_string(body);
    const std::string_view tag = finish_tag(sent);
    follow_ddl(tag);
    request_tracker* cycle = cycles_.answered();
    if (is_withheld()) {
        return;
    }
    if (cycle != nullptr && cycle->replacement && (!cycle->replaces_commit || tag == "COMMIT")) {
        out += encode_error_response(*cycle->replacement, "ERROR");
        cycle->is_withheld = true;
    } else if (tag == sent) {
        out += message.bytes;
    } else {
        out += encode_message('C', std::string(tag) + '\0');
    }
}

// The tag that the client is to see.
std::string_view protocol_filter::finish_tag(std::string_view tag) {
    request_tracker* cycle = cycles_.answered();
    if (cycle == nullptr || cycle->call_tags.empty() || tag != "CALL") {
        return tag;
    }
    const std::string_view shown = cycle->call_tags.front();
    cycle->call_tags.pop_front();
    return shown;
}

void protocol_filter::follow_ddl(std::string_view tag) {
    const request_tracker* cycle = cycles_.answered();
    if (tag == "COMMIT") {
        ddl_is_committed_ = ddl_is_committed_ || ddl_is_pending_;
        ddl_is_pending_ = false;
    } else if (tag == "ROLLBACK") {
        ddl_is_pending_ = false;
    } else if (cycle != nullptr && cycle->has_ddl) {
        ddl_is_pending_ = true;
    }
}

void protocol_filter::take_error(const stream_piece& message, std::string& out) {
    ddl_is_pending_ = false;
    request_tracker* cycle = cycles_.answered();
    if (cycle != nullptr) {
        cycle->has_failed = true;
    }
    if (is_withheld()) {
        return;
    }
    const std::string_view severity = find_error_field(message.body(), 'V');
    if (const refusal* why = find_refusal(message.body())) {
        out += encode_error_response(*why, severity);
    } else if (const auto translated = translate_error(message.body())) {
        out += encode_error_response(*translated, severity);
    } else if (cycle != nullptr && !cycle->call_tags.empty()) {  // in the call
        out += encode_error_response(without_context(message.body()), severity);
    } else {
        out += message.bytes;
    }
}

// Null: the error is PostgreSQL's own.
const refusal* protocol_filter::find_refusal(std::string_view body) {
    request_tracker* cycle = cycles_.answered();
    if (cycle == nullptr) {
        return nullptr;
    }
    const std::string_view message = find_error_field(body, 'M');
    if (cycle->failing_commit && message == temporary_objects_message) {
        return &*cycle->failing_commit;
    }
    const auto number = find_refusal_number(message);
    for (const auto& [known, why] : cycle->refusals) {
        if (number == known) {
            return &why;
        }
    }
    return nullptr;
}

void protocol_filter::take_ready(const stream_piece& message, time_point now, std::string& out) {
    const request_tracker* cycle = cycles_.answered();
    if (cycle != nullptr && cycle->cuts_after) {
        is_cut_ = true;
    }
    cycles_.finish();
    const char status = message.body().empty() ? 'I' : message.body().front();
    if (ddl_is_committed_ || (status == 'I' && ddl_is_pending_)) {
        gate_.note_own_ddl();
    }
    ddl_is_committed_ = false;
    ddl_is_pending_ = ddl_is_pending_ && status == 'T';
    if (cycles_.empty()) {
        gate_.settle(status, now);
    }
    if (!is_cut_) {
        out += message.bytes;
    }
}

}  // namespace dsql_local
