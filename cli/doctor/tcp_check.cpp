// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/tcp_socket.hpp"
#include "format.hpp"

#include <cerrno>
#include <system_error>

namespace dsql_cli::doctor {

namespace {

using std::chrono::steady_clock;

std::string target(const std::string& address, int port) {
    return address + ", port " + std::to_string(port);
}

// DNS returns IPv6 addresses even to a machine without IPv6. They are skipped, not failed.
bool is_other_network(const std::string& address, int code) {
    return is_v6(address) && (code == ENETUNREACH || code == EADDRNOTAVAIL ||
                              code == EAFNOSUPPORT || code == EHOSTUNREACH);
}

const char* advice_for(int code) {
    switch (code) {
        case ECONNREFUSED:
            return "nothing listens there: check the port (5432, --port, DSQL_PORT) and the "
                   "address";
        case ETIMEDOUT:
            return "packets are dropped on the way: let this port out through security groups, "
                   "network ACLs and firewalls, and into the security group of a PrivateLink "
                   "endpoint";
        default:
            return "check this machine's network, its routes, and the address";
    }
}

finding describe_connect_error(const std::string& address, int port,
                               const std::system_error& error) {
    const int code = error.code().value();
    if (is_other_network(address, code)) {
        return {.result = outcome::skipped,
                .summary = target(address, port) + ": no route from this machine (" +
                           error.code().message() + ")"};
    }
    return {.result = outcome::failed,
            .summary = target(address, port) + ": " +
                       (code == ETIMEDOUT ? "no answer" : error.code().message()),
            .advice = advice_for(code),
            .facts = {{"address", address}}};
}

finding try_address(const std::string& address, doctor_context& context) {
    const int port = context.endpoint.port;
    const steady_clock::time_point start = steady_clock::now();
    try {
        const tcp_socket connected(address, port, context.options.timeout);
        const auto time =
            std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start);
        if (context.reachable.empty()) {
            context.reachable = address;
            context.tcp_time = time;
        }
        return {.summary = target(address, port) + ": connected in " + format_milliseconds(time),
                .facts = {{"address", address}, {"connect_ms", to_milliseconds(time)}}};
    } catch (const std::system_error& error) {
        return describe_connect_error(address, port, error);
    }
}

// A connect tries all addresses, so one that fails is only a warning if another works.
void soften_failures(findings& found) {
    for (finding& one : found) {
        if (one.result == outcome::failed) {
            one.result = outcome::warning;
        }
    }
}

}  // namespace

findings check_tcp(doctor_context& context) {
    findings found;
    found.reserve(context.addresses.size() + 1);
    for (const std::string& address : context.addresses) {
        found.push_back(try_address(address, context));
    }
    if (!context.reachable.empty()) {
        soften_failures(found);
        return found;
    }
    for (const finding& one : found) {
        if (one.result == outcome::failed) {
            return found;
        }
    }
    found.push_back(
        {.result = outcome::failed,
         .summary = "no address of " + context.endpoint.host + " can be reached from here",
         .advice = advice_for(ENETUNREACH)});
    return found;
}

}  // namespace dsql_cli::doctor
