// SPDX-License-Identifier: Apache-2.0
#include "protocol/response_filter.hpp"

#include "protocol/dpu_estimate.hpp"
#include "protocol/dsql_errors.hpp"
#include "protocol/forced_errors.hpp"
#include "wire/messages.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace dsql_local {
namespace {

constexpr wire::message_parts response_parts = {
    {'1', wire::message_part::header},  // ParseComplete
    {'2', wire::message_part::header},  // BindComplete
    {'3', wire::message_part::header},  // CloseComplete
    {'n', wire::message_part::header},  // NoData
    {'T', wire::message_part::header},  // RowDescription
    {'I', wire::message_part::header},  // EmptyQueryResponse
    {'s', wire::message_part::header},  // PortalSuspended
    {'G', wire::message_part::header},  // CopyInResponse
    {'V', wire::message_part::header},  // FunctionCallResponse
    {'C', wire::message_part::whole},   // CommandComplete
    {'E', wire::message_part::whole},   // ErrorResponse
    {'K', wire::message_part::whole},   // BackendKeyData
    {'S', wire::message_part::whole},   // ParameterStatus
    {'Z', wire::message_part::whole},   // ReadyForQuery
};

// The version of PostgreSQL that DSQL reported in September 2026.
constexpr std::string_view server_version = "16.15";

// The most bytes of rows that are held.
constexpr std::size_t most_held_rows = 1024UL * 1024;

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
const wire::error_response* find_forced_error(std::string_view body,
                                              const response_changes& changes) {
    const std::string_view message = wire::find_error_field(body, 'M');
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

// Returns the command tag for the client: DSQL's tag if the statement was replaced by a CALL.
std::string_view rewrite_tag(std::string_view tag, expected_response& response) {
    if (tag != "CALL" || !response.changes || response.changes->call_tags.empty()) {
        return tag;
    }
    const std::string_view tag_to_show = response.changes->call_tags.front();
    response.changes->call_tags.pop_front();
    return tag_to_show;
}

// Whether the EXPLAIN that is now complete has an estimate of DPUs.
bool takes_dpu_estimate(std::string_view tag, expected_response& response) {
    if (tag != "EXPLAIN" || !response.changes || response.changes->dpu_estimates.empty()) {
        return false;
    }
    const bool has_estimate = response.changes->dpu_estimates.front();
    response.changes->dpu_estimates.pop_front();
    return has_estimate;
}

}  // namespace

response_filter::response_filter(session_state& session, const request_filter& requests)
    : session_(session),
      requests_(requests),
      messages_(response_parts),
      seen_cancellations_(session.shared->cancellations.changes()) {}

void response_filter::filter(std::string_view chunk, time_point now,
                             wire::relay_buffer& to_client) {
    to_client.reset(chunk);
    while (!session_.is_cut) {
        const auto piece = messages_.next(chunk);
        if (!piece) {
            return;
        }
        if (piece->is_message()) {
            on_message(*piece, now, to_client);
        } else if (piece->is_rest) {
            if (!hides_rest_) {
                to_client.pass(piece->bytes);
            }
        } else {
            session_.repeater.add_answer(piece->bytes);
            if (shows_response()) {
                pass_rows(piece->bytes, to_client);
            }
        }
    }
}

// Whether the client sees what PostgreSQL sends now.
bool response_filter::shows_response() {
    const expected_response* const response = session_.pending.front();
    if (response == nullptr) {
        return !hides_until_ready_;
    }
    if (response->changes && response->changes->cuts_after) {
        hides_until_ready_ = true;
        cuts_when_ready_ = true;
    }
    return !hides_until_ready_ && !response->is_injected;
}

// What is passed on without a closer look are rows, notices and the like. If the statement may be
// executed a second time, the client gets the first of them when it is complete.
void response_filter::pass_rows(std::string_view bytes, wire::relay_buffer& out) {
    expected_response* const response = session_.pending.front();
    if (response != nullptr && !response->has_rows && session_.repeater.may_retry(*response) &&
        held_rows_.size() + bytes.size() <= most_held_rows) {
        held_rows_ += bytes;
        return;
    }
    release_rows(out);
    if (response != nullptr) {
        response->has_rows = true;
    }
    out.pass(bytes);
}

void response_filter::release_rows(wire::relay_buffer& out) {
    if (!held_rows_.empty()) {
        out.add(std::exchange(held_rows_, {}));
    }
}

void response_filter::on_message(const wire::stream_piece& message, time_point now,
                                 wire::relay_buffer& out) {
    if (message.type != 'E') {
        release_rows(out);
    }
    if (message.type == 'Z') {
        on_ready_for_query(message, now, out);
        return;
    }
    hides_rest_ = !shows_response();
    if (message.type == 'K' && message.body().size() >= 4) {
        backend_process_ = wire::read_uint32(message.body());
    }
    if (message.type == 'C') {
        on_command_complete(message, out);
    } else if (message.type == 'E') {
        on_error(message, out);
    } else if (message.type == 'S') {
        on_parameter_status(message, out);
    } else {
        const expected_response* const response = session_.pending.front();
        hides_rest_ = hides_rest_ || (message.type == 'T' && response != nullptr &&
                                      session_.repeater.hides_row_description(*response));
        complete(message.type);
        if (!hides_rest_) {
            out.pass(message.bytes);
        }
    }
}

// PostgreSQL reports its settings at the login, and when they change.
void response_filter::on_parameter_status(const wire::stream_piece& message,
                                          wire::relay_buffer& out) const {
    std::string_view body = message.body();
    if (hides_rest_) {
        return;
    }
    if (session_.shared->dialect != sql_dialect::dsql ||
        wire::take_c_string(body) != "server_version") {
        out.pass(message.bytes);
        return;
    }
    std::string status;
    wire::append_c_string(status, "server_version");
    wire::append_c_string(status, server_version);
    out.add(wire::encode_message('S', status));
}

void response_filter::complete(char type) {
    if (type == 'G') {
        session_.pending.begin_copy();
        session_.repeater.make_unrepeatable();
    } else if (type == 's') {
        session_.repeater.make_unrepeatable();  // a rollback would drop the portal
    }
    expected_response* const response = session_.pending.front();
    if (response == nullptr) {
        return;
    }
    response->has_begun = true;
    if (completes(type, response->kind)) {
        session_.pending.pop();
    }
}

void response_filter::on_command_complete(const wire::stream_piece& message,
                                          wire::relay_buffer& out) {
    session_.pending.end_copy();
    expected_response* const response = session_.pending.front();
    if (response == nullptr || !response->runs_statement()) {
        out.pass(message.bytes);
        return;
    }
    std::string_view body = message.body();
    const std::string_view original_tag = wire::take_c_string(body);
    session_.repeater.add_answer(message.bytes);
    if (!response->is_injected && !session_.repeater.hides_tag(original_tag, *response)) {
        const std::string_view tag = rewrite_tag(original_tag, *response);
        track_tag(tag, *response);
        show_completion(message, original_tag, tag, *response, out);
        response->has_begun = true;
    }
    if (response->kind == request_kind::execute) {
        session_.pending.pop();
    }
}

void response_filter::show_completion(const wire::stream_piece& message,
                                      std::string_view original_tag, std::string_view tag,
                                      expected_response& response, wire::relay_buffer& out) {
    const bool has_estimate = takes_dpu_estimate(tag, response);
    if (hides_rest_) {
        return;
    }
    if (has_estimate) {
        out.add(dpu_estimate_rows());
    }
    const response_changes* const changes = response.changes.get();
    if (changes != nullptr && changes->replacement &&
        (!changes->replaces_only_commit || tag == "COMMIT")) {
        out.add(wire::encode_error_response(*changes->replacement, "ERROR"));
        hides_until_ready_ = true;
    } else if (tag == original_tag) {
        out.pass(message.bytes);
    } else {
        out.add(wire::encode_message('C', std::string(tag) + '\0'));
    }
}

// Learns from the tag of a statement what it has done to the session.
void response_filter::track_tag(std::string_view tag, expected_response& response) {
    if (tag == "COMMIT") {
        ddl_is_committed_ = ddl_is_committed_ || ddl_is_pending_;
        ddl_is_pending_ = false;
    } else if (tag == "ROLLBACK") {
        ddl_is_pending_ = false;
    } else if (tag == "PREPARE") {
        session_.pending.confirm_prepared();
    } else if (tag == "DEALLOCATE ALL" || tag == "DISCARD ALL") {
        session_.statements.drop_all();
    } else if (tag == "DEALLOCATE" && response.changes &&
               !response.changes->dropped_names.empty()) {
        session_.statements.drop(response.changes->dropped_names.front());
        response.changes->dropped_names.pop_front();
    } else if (response.changes && response.changes->has_ddl) {
        ddl_is_pending_ = true;
        if (!schema_change_ && response.changes->schema_change) {
            schema_change_.emplace(*std::move(response.changes->schema_change));
            response.changes->schema_change.reset();
        }
    }
}

void response_filter::on_error(const wire::stream_piece& message, wire::relay_buffer& out) {
    expected_response* const response = session_.pending.front();
    if (response != nullptr && response->is_repetition) {
        session_.repeater.on_repetition_error();
        session_.pending.fail();
        return;
    }
    if (keeps_error(message, response)) {
        held_rows_.clear();
        return;
    }
    release_rows(out);
    ddl_is_pending_ = false;
    session_.repeater.on_error();
    // An error of an injected message that skips the client's messages, too, must be shown.
    const bool is_shown = !hides_rest_ || (!hides_until_ready_ && response != nullptr &&
                                           !response->ends_with_ready());
    if (is_shown) {
        const std::string translated = translate(message.body(), response);
        const std::string_view kept = session_.repeater.error_in_place_of(
            response, wire::find_error_field(message.body(), 'C'));
        if (!kept.empty()) {
            out.add(kept);
        } else if (translated.empty()) {
            out.pass(message.bytes);
        } else {
            out.add(translated);
        }
    }
    session_.portals.drop_all();
    if (response != nullptr) {
        response->has_begun = true;
        session_.is_prediction_wrong = true;
        if (response->kind == request_kind::parse && response->naming.names != nullptr) {
            session_.statements.drop_replaced(*response->naming.name);
        }
    }
    session_.pending.fail();
}

// Whether the statement will be executed a second time, in place of reporting the error.
bool response_filter::keeps_error(const wire::stream_piece& message, expected_response* response) {
    const std::string_view sqlstate = wire::find_error_field(message.body(), 'C');
    if (response == nullptr || hides_rest_ || !requests_.is_idle() ||
        !session_.repeater.can_retry(*response, sqlstate) || !session_.portals.is_empty()) {
        return false;
    }
    std::string error = translate(message.body(), response);
    session_.repeater.keep_error(error.empty() ? std::string(message.bytes) : std::move(error),
                                 sqlstate, *response);
    session_.portals.drop_all();
    session_.pending.fail();
    return true;
}

// Returns the error for the client; empty if it is PostgreSQL's.
std::string response_filter::translate(std::string_view body,
                                       const expected_response* response) const {
    const std::string_view severity = wire::find_error_field(body, 'V');
    const response_changes* const changes = response == nullptr ? nullptr : response->changes.get();
    if (changes != nullptr) {
        if (const wire::error_response* const error = find_forced_error(body, *changes)) {
            return wire::encode_error_response(*error, severity);
        }
    }
    if (is_conflict_by_timeout(body)) {
        return wire::encode_error_response(data_conflict(), severity);
    }
    if (session_.foreign_changes.are_possible() &&
        is_schema_race(body, changes != nullptr && changes->tolerates_existing)) {
        session_.policy.expect_schema_change();
        return wire::encode_error_response(schema_conflict(), severity);
    }
    if (const auto translated = translate_error(body)) {
        return wire::encode_error_response(*translated, severity);
    }
    // an error within the CALL that replaced a statement
    return changes != nullptr && !changes->call_tags.empty()
               ? wire::encode_error_response(strip_context(body), severity)
               : "";
}

// If PostgreSQL gets a lock just when lock_timeout expires, and then waits for another one, it
// reports that a user has canceled the statement. The endpoint ignores cancel requests, so only
// pg_cancel_backend() can really have done so.
bool response_filter::is_conflict_by_timeout(std::string_view body) const {
    return is_user_cancellation(body) &&
           !session_.shared->cancellations.was_active_since(seen_cancellations_);
}

void response_filter::on_ready_for_query(const wire::stream_piece& message, time_point now,
                                         wire::relay_buffer& out) {
    const expected_response* const response = session_.pending.front();
    if (response != nullptr && response->is_repetition) {
        session_.pending.ready();
        session_.to_server += session_.repeater.on_repetition_ready();
        return;
    }
    if (session_.repeater.has_kept_error()) {
        session_.pending.ready();
        session_.to_server += session_.repeater.begin_retry();
        return;
    }
    const bool is_injected = response != nullptr && response->is_injected;
    session_.pending.ready();
    session_.is_cut = cuts_when_ready_;
    hides_until_ready_ = false;
    const char status = message.body().empty() ? 'I' : message.body().front();
    track_ddl(status);
    if (status == 'I') {
        session_.portals.drop_all();
    }
    if (!session_.pending.has_decisive()) {
        session_.policy.synchronize(status, now);
        session_.is_prediction_wrong = false;
        session_.repeater.synchronize(status);
    }
    seen_cancellations_ = session_.shared->cancellations.changes();
    session_.foreign_changes.forget();
    if (!session_.is_cut && !is_injected) {
        session_.repeater.end_retry();
        out.pass(message.bytes);
    }
}

void response_filter::track_ddl(char status) {
    if (ddl_is_committed_ || (status == 'I' && ddl_is_pending_)) {
        session_.policy.record_own_ddl();
    }
    if (ddl_is_committed_ || status == 'I') {
        schema_change_.reset();
    }
    ddl_is_committed_ = false;
    ddl_is_pending_ = ddl_is_pending_ && status == 'T';
}

}  // namespace dsql_local
