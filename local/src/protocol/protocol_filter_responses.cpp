// SPDX-License-Identifier: Apache-2.0
// The part of protocol_filter that processes what PostgreSQL sends.
#include "protocol/dsql_errors.hpp"
#include "protocol/forced_errors.hpp"
#include "protocol/protocol_filter.hpp"
#include "wire/messages.hpp"

#include <optional>
#include <string>
#include <utility>

namespace dsql_local {
namespace {

constexpr std::string_view temporary_objects_message =
    "cannot PREPARE a transaction that has operated on temporary objects";

// The message type that completes the response to a request without ReadyForQuery. CommandComplete
// and ErrorResponse have functions of their own.
bool completes(char type, request_kind kind) {
    switch (type) {
        case '1':
            return kind == request_kind::parse;
        case '2':
            return kind == request_kind::bind;
        case '3':
            return kind == request_kind::close;
        case 'n':
        case 'T':
            return kind == request_kind::describe;
        case 'I':
        case 's':
            return kind == request_kind::execute;
        default:
            return false;
    }
}

// Returns null if the error is PostgreSQL's own.
const error_response* find_forced_error(std::string_view body, const response_changes& changes) {
    const std::string_view message = find_error_field(body, 'M');
    if (changes.failed_commit_error && message == temporary_objects_message) {
        return &*changes.failed_commit_error;
    }
    const auto number = find_forced_error_number(message);
    for (const auto& [known, error] : changes.forced_errors) {
        if (number == known) {
            return &error;
        }
    }
    return nullptr;
}

}  // namespace

void protocol_filter::filter_responses(std::string_view chunk, time_point now,
                                       relay_buffer& to_client) {
    to_client.reset(chunk);
    while (!is_cut_) {
        const auto piece = responses_.next(chunk);
        if (!piece) {
            return;
        }
        if (piece->is_message()) {
            on_response(*piece, now, to_client);
        } else if (piece->is_rest ? !hides_response_ : shows_response()) {
            to_client.pass(piece->bytes);
        }
    }
}

// Whether the client sees what PostgreSQL sends now.
bool protocol_filter::shows_response() {
    const expected_response* const response = pending_.front();
    if (response == nullptr) {
        return !hides_until_ready_;
    }
    if (response->changes && response->changes->cuts_after) {
        hides_until_ready_ = true;
        cuts_when_ready_ = true;
    }
    return !hides_until_ready_ && !response->is_injected;
}

void protocol_filter::on_response(const stream_piece& message, time_point now, relay_buffer& out) {
    if (message.type == 'Z') {
        on_ready_for_query(message, now, out);
        return;
    }
    hides_response_ = !shows_response();
    if (message.type == 'C') {
        on_command_complete(message, out);
    } else if (message.type == 'E') {
        on_error(message, out);
    } else {
        complete(message.type);
        if (!hides_response_) {
            out.pass(message.bytes);
        }
    }
}

void protocol_filter::complete(char type) {
    if (type == 'G') {
        pending_.begin_copy();
    }
    expected_response* const response = pending_.front();
    if (response == nullptr) {
        return;
    }
    response->has_begun = true;
    if (completes(type, response->kind)) {
        pending_.pop();
    }
}

void protocol_filter::on_command_complete(const stream_piece& message, relay_buffer& out) {
    pending_.end_copy();
    expected_response* const response = pending_.front();
    if (response == nullptr || !response->runs_statement()) {
        out.pass(message.bytes);
        return;
    }
    std::string_view body = message.body();
    const std::string_view original_tag = take_c_string(body);
    const std::string_view tag = rewrite_tag(original_tag, *response);
    track_tag(tag, *response);
    const response_changes* const changes = response->changes.get();
    if (hides_response_) {
        // nothing is sent
    } else if (changes != nullptr && changes->replacement &&
               (!changes->replaces_only_commit || tag == "COMMIT")) {
        out.add(encode_error_response(*changes->replacement, "ERROR"));
        hides_until_ready_ = true;
    } else if (tag == original_tag) {
        out.pass(message.bytes);
    } else {
        out.add(encode_message('C', std::string(tag) + '\0'));
    }
    response->has_begun = true;
    if (response->kind == request_kind::execute) {
        pending_.pop();
    }
}

// Returns the command tag for the client: DSQL's tag if the statement was replaced by a CALL.
std::string_view protocol_filter::rewrite_tag(std::string_view tag,
                                              expected_response& response) const {
    if (tag != "CALL" || !response.changes || response.changes->call_tags.empty()) {
        return tag;
    }
    const std::string_view tag_to_show = response.changes->call_tags.front();
    response.changes->call_tags.pop_front();
    return tag_to_show;
}

// Learns from the tag of a statement what it has done to the session.
void protocol_filter::track_tag(std::string_view tag, expected_response& response) {
    if (tag == "COMMIT") {
        ddl_is_committed_ = ddl_is_committed_ || ddl_is_pending_;
        ddl_is_pending_ = false;
    } else if (tag == "ROLLBACK") {
        ddl_is_pending_ = false;
    } else if (tag == "DEALLOCATE ALL" || tag == "DISCARD ALL") {
        statements_.drop_all();
    } else if (tag == "DEALLOCATE" && response.changes &&
               !response.changes->dropped_names.empty()) {
        statements_.drop(response.changes->dropped_names.front());
        response.changes->dropped_names.pop_front();
    } else if (response.changes && response.changes->has_ddl) {
        ddl_is_pending_ = true;
    }
}

void protocol_filter::on_error(const stream_piece& message, relay_buffer& out) {
    ddl_is_pending_ = false;
    expected_response* const response = pending_.front();
    // An error of an injected message that skips the client's messages, too, must be shown.
    const bool is_shown = !hides_response_ || (!hides_until_ready_ && response != nullptr &&
                                               !response->ends_with_ready());
    if (is_shown) {
        const std::string translated = translate(message.body(), response);
        if (translated.empty()) {
            out.pass(message.bytes);
        } else {
            out.add(translated);
        }
    }
    portals_.drop_all();
    if (response != nullptr) {
        response->has_begun = true;
        is_prediction_wrong_ = true;
        if (response->kind == request_kind::parse && response->names != nullptr) {
            statements_.drop_replaced(*response->name);
        }
    }
    pending_.fail();
}

// Returns the error for the client; empty if it is PostgreSQL's.
std::string protocol_filter::translate(std::string_view body,
                                       const expected_response* response) const {
    const std::string_view severity = find_error_field(body, 'V');
    const response_changes* const changes = response == nullptr ? nullptr : response->changes.get();
    if (changes != nullptr) {
        if (const error_response* const error = find_forced_error(body, *changes)) {
            return encode_error_response(*error, severity);
        }
    }
    if (is_conflict_by_timeout(body)) {
        return encode_error_response(data_conflict(), severity);
    }
    if (const auto translated = translate_error(body)) {
        return encode_error_response(*translated, severity);
    }
    // an error within the CALL that replaced a statement
    return changes != nullptr && !changes->call_tags.empty()
               ? encode_error_response(strip_context(body), severity)
               : "";
}

// If PostgreSQL gets a lock just when lock_timeout expires, and then waits for another one, it
// reports that a user has canceled the statement. The endpoint ignores cancel requests, so only
// pg_cancel_backend() can really have done so.
bool protocol_filter::is_conflict_by_timeout(std::string_view body) const {
    return is_user_cancellation(body) &&
           !shared_->cancellations.was_possible_since(seen_cancellations_);
}

void protocol_filter::on_ready_for_query(const stream_piece& message, time_point now,
                                         relay_buffer& out) {
    const expected_response* const response = pending_.front();
    const bool is_injected = response != nullptr && response->is_injected;
    pending_.ready();
    is_cut_ = cuts_when_ready_;
    hides_until_ready_ = false;
    const char status = message.body().empty() ? 'I' : message.body().front();
    if (ddl_is_committed_ || (status == 'I' && ddl_is_pending_)) {
        policy_.record_own_ddl();
    }
    ddl_is_committed_ = false;
    ddl_is_pending_ = ddl_is_pending_ && status == 'T';
    if (status == 'I') {
        portals_.drop_all();
    }
    if (!pending_.has_decisive()) {
        policy_.synchronize(status, now);
        is_prediction_wrong_ = false;
    }
    seen_cancellations_ = shared_->cancellations.changes();
    if (!is_cut_ && !is_injected) {
        out.pass(message.bytes);
    }
}

}  // namespace dsql_local
