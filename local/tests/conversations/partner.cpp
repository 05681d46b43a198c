// SPDX-License-Identifier: Apache-2.0
#include "conversations/partner.hpp"

#include "server/log_text.hpp"
#include "wire/messages.hpp"

#include <algorithm>
#include <string_view>

namespace dsql_local_test {
namespace {

using namespace dsql_local;

constexpr std::size_t longest_shown = 200;

// Replaces the object identifier of each column's table by 1. It is 0 if there is no table.
void replace_table_ids(std::string& description) {
    constexpr std::size_t rest_of_column = 14;  // attribute, type, size, modifier, format
    std::size_t at = 2;
    while (at < description.size()) {
        at = description.find('\0', at) + 1;
        if (at + 4 + rest_of_column > description.size()) {
            return;
        }
        if (wire::read_uint32(std::string_view(description).substr(at)) != 0) {
            description.replace(at, 4, std::string("\0\0\0\1", 4));
        }
        at += 4 + rest_of_column;
    }
}

// Removes the fields that name the line and the function in PostgreSQL's source. With the savepoint
// of the endpoint, another function warns of a portal that is left over.
void remove_source_lines(std::string& body) {
    std::string kept;
    for (std::string_view rest = body; !rest.empty() && rest.front() != '\0';) {
        const std::string_view field = rest.substr(0, rest.find('\0') + 1);
        if (field.front() != 'L' && field.front() != 'R') {
            kept += field;
        }
        rest.remove_prefix(field.size());
    }
    body = kept + '\0';
}

void normalize(message& received) {
    if (received.type == 'T') {
        replace_table_ids(received.body);
    } else if (received.type == 'A' && received.body.size() >= 4) {
        received.body.replace(0, 4, 4, '\0');  // the process id of who sent the notification
    } else if (received.type == 'N') {
        remove_source_lines(received.body);
    }
}

// Whether `received` ends the responses to an Execute.
bool ends_execution(char type) {
    return std::string_view("CEsIG").find(type) != std::string_view::npos;
}

std::string name_of(char type) {
    switch (type) {
        case 'C':
            return "CommandComplete";
        case 'D':
            return "DataRow";
        case 'E':
            return "ErrorResponse";
        case 'I':
            return "EmptyQueryResponse";
        case 'N':
            return "NoticeResponse";
        case 'S':
            return "ParameterStatus";
        case 'T':
            return "RowDescription";
        case 'Z':
            return "ReadyForQuery";
        case '1':
            return "ParseComplete";
        case '2':
            return "BindComplete";
        case '3':
            return "CloseComplete";
        case 's':
            return "PortalSuspended";
        default:
            return std::string("message ") + type;
    }
}

}  // namespace

message partner::receive() {
    message received = client_->receive_message();
    normalize(received);
    has_ended_ = received.type == '\0';
    skips_until_sync_ = received.type == 'E' || (skips_until_sync_ && received.type != 'Z');
    return received;
}

std::vector<message> partner::perform(const step& next) {
    std::vector<message> received;
    unsent_ += next.bytes;
    if (next.then == afterwards::write_more || has_ended_) {
        return received;
    }
    client_->send(unsent_);
    unsent_.clear();
    const bool is_whole = next.then == afterwards::read_until_idle;
    if (next.then == afterwards::send || (!is_whole && skips_until_sync_)) {
        return received;
    }
    char before = '\0';
    while (true) {
        message next_received = receive();
        const char type = next_received.type;
        if (type != 'S' || shows_settings_) {
            received.push_back(std::move(next_received));
        }
        const bool is_end = is_whole ? before == 'I' && type == 'Z' : ends_execution(type);
        if (has_ended_ || is_end) {
            return received;
        }
        before = type;
    }
}

std::string readable(const message& shown) {
    return shown.type == '\0' ? "the connection ended"
                              : name_of(shown.type) + " " + printable(shown.body, longest_shown);
}

}  // namespace dsql_local_test
