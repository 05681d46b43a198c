// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"

#include "login/token_signer.hpp"
#include "served_keys.hpp"
#include "support/admin_socket.hpp"
#include "wire/messages.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace dsql_local_test {
namespace {

using namespace dsql_local;

void note(const message& part, query_result& all) {
    if (part.type == 'E' && all.sqlstate.empty()) {
        all.error = part;
        all.sqlstate = part.field('C');
    } else if (part.type == 'C') {
        all.tags.append(all.tags.empty() ? "" : ",").append(part.body.c_str());
    } else if (part.type == 'T' && all.column.empty() && part.body.size() > 2) {
        all.column = part.body.c_str() + 2;
    } else if (part.type == 'D' && all.value.empty()) {  // column count, length, value
        all.value = part.body.substr(6, wire::read_uint32(part.body.substr(2)));
    } else if (part.type == 'Z') {
        all.status = part.body[0];
    }
}

}  // namespace

std::string parse_message(const std::string& name, const std::string& sql) {
    return wire::encode_message('P', name + '\0' + sql + '\0' + std::string(2, '\0'));
}

std::string bind_message(const std::string& statement) {
    return wire::encode_message('B', '\0' + statement + '\0' + std::string(6, '\0'));
}

std::string bind_message(const std::string& statement, const std::vector<std::string>& values) {
    std::string body = '\0' + statement + std::string(3, '\0');  // text for every parameter
    body += {'\0', static_cast<char>(values.size())};
    for (const std::string& value : values) {
        wire::append_uint32(body, static_cast<std::uint32_t>(value.size()));
        body += value;
    }
    return wire::encode_message('B', body + std::string(2, '\0'));
}

std::string execute_message() {
    return wire::encode_message('E', std::string(5, '\0'));
}

std::string sync_message() {
    return wire::encode_message('S', "");
}

std::string query_message(const std::string& sql) {
    return wire::encode_message('Q', sql + '\0');
}

dsql_session::dsql_session(const endpoint_process& served) : dsql_session(served, "admin") {}

dsql_session::dsql_session(const endpoint_process& served, const std::string& user,
                           const test_keys& keys)
    : client_(served.port()) {
    const std::string& host = served["CLUSTER_ENDPOINT"];
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const std::string token = sign_token(keys.access_key_id.empty() ? keys_of(served) : keys, host,
                                         user, now, std::chrono::minutes(15));
    if (!client_.start_tls(
            {.server_name = host, .alpn = true, .ca_file = served["DSQL_SSL_ROOT_CERT"]})) {
        throw std::runtime_error("no TLS");
    }
    if (const message end = client_.log_in(user, token); end.type != 'Z') {
        throw std::runtime_error(end.field('C') + " " + end.field('M') + " " + end.field('H'));
    }
}

query_result dsql_session::receive() {
    query_result all;
    while (true) {
        const message part = client_.receive_message();
        note(part, all);
        if (part.type == '\0') {
            return all;
        }
        all.types += part.type;
        if (part.type == 'Z') {
            return all;
        }
    }
}

query_result dsql_session::query(const std::string& sql) {
    client_.send(query_message(sql));
    return receive();
}

query_result dsql_session::execute(const std::string& sql) {
    client_.send(parse_message("", sql) + bind_message("") +
                 wire::encode_message('D', std::string("P") + '\0') + execute_message() +
                 sync_message());
    return receive();
}

std::string dsql_session::must(const std::string& sql) {
    const query_result got = query(sql);
    if (got.ended() || !got.sqlstate.empty()) {
        throw std::runtime_error(sql + ": " + got.sqlstate + " " + got.text());
    }
    return got.value;
}

std::string tell_admin(const endpoint_process& served, const std::string& request) {
    return ask_admin(served["DSQL_LOCAL_ADMIN_SOCKET"], request);
}

}  // namespace dsql_local_test
