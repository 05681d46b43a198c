// SPDX-License-Identifier: Apache-2.0
#include "proxy/session_traffic.hpp"

#include "wire/messages.hpp"

#include <cstddef>
#include <utility>

namespace dsql_cli::proxy {

namespace {

using wire::message_part;

constexpr std::size_t header_size = 5;

// What is not listed is the data of a COPY and its end, which ask for no response of their own.
constexpr wire::message_parts requests_with_statements_as(message_part statement) {
    return {{'Q', statement},
            {'P', statement},
            {'B', message_part::header},
            {'C', message_part::header},
            {'D', message_part::header},
            {'E', message_part::header},
            {'F', message_part::header},
            {'H', message_part::header},
            {'S', message_part::header},
            {'X', message_part::header}};
}

constexpr wire::message_parts plain_requests = requests_with_statements_as(message_part::header);

// Longer statements pass as they come, without being looked at.
constexpr wire::message_parts filtered_requests =
    requests_with_statements_as(message_part::small_whole_or_header);

constexpr wire::message_parts watched_responses = {
    {'E', message_part::whole}, {'G', message_part::header}, {'Z', message_part::header}};

}  // namespace

session_traffic::session_traffic(statement_filter filter)
    : filter_(std::move(filter)),
      requests_(filter_ ? filtered_requests : plain_requests),
      responses_(watched_responses) {}

void session_traffic::from_client(std::string_view chunk, wire::relay_buffer& out) {
    while (const auto piece = requests_.next(chunk)) {
        on_request(*piece, out);
    }
}

void session_traffic::from_cluster(std::string_view chunk, wire::relay_buffer& out) {
    while (const auto piece = responses_.next(chunk)) {
        on_response(*piece);
        out.pass(piece->bytes);
    }
}

void session_traffic::on_request(const wire::stream_piece& piece, wire::relay_buffer& out) {
    switch (piece.type) {
        case 'Q':
        case 'F':
        case 'S':
            ++owed_;
            has_unsynced_ = false;
            last_was_sync_ = piece.type == 'S';
            break;
        case 'X':
            client_has_left_ = true;
            break;
        default:
            has_unsynced_ = has_unsynced_ || piece.is_message();
    }
    const bool is_statement = piece.type == 'Q' || piece.type == 'P';
    if (filter_ && is_statement && piece.is_whole() && !piece.is_too_large) {
        on_statement(piece, out);
    } else {
        out.pass(piece.bytes);
    }
}

// The body of a Query is the statement, that of a Parse a name, the statement, and types.
void session_traffic::on_statement(const wire::stream_piece& piece, wire::relay_buffer& out) {
    std::string_view rest = piece.body();
    const std::string_view name = piece.type == 'P' ? wire::take_c_string(rest) : "";
    const std::string_view sql = wire::take_c_string(rest);
    const std::string changed = filter_(sql);
    if (changed.empty()) {
        out.pass(piece.bytes);
        return;
    }
    std::string body;
    if (piece.type == 'P') {
        wire::append_c_string(body, name);
    }
    wire::append_c_string(body, changed);
    body.append(rest);
    out.add(wire::encode_message(piece.type, body));
}

void session_traffic::on_response(const wire::stream_piece& piece) {
    if (piece.type == 'Z' && owed_ > 0) {
        --owed_;
    } else if (piece.type == 'G' && last_was_sync_ && owed_ > 0) {
        // The server ignores a Sync that comes during a COPY; the client sends one more after it.
        --owed_;
        has_unsynced_ = true;
    } else if (piece.type == 'E' && piece.bytes.size() > header_size) {
        const std::string_view severity = wire::find_error_field(piece.body(), 'V');
        cluster_has_explained_ =
            cluster_has_explained_ || severity == "FATAL" || severity == "PANIC";
    }
}

}  // namespace dsql_cli::proxy
