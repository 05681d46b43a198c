// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/milliseconds.hpp"
#include "doctor/tcp_socket.hpp"

#include <cerrno>
#include <system_error>

namespace dsql_cli::doctor {

namespace {

using std::chrono::steady_clock;

std::string target(const std::string& address, int port) {
    return address + ", port " + std::to_string(port);
}

// A machine without IPv6 still gets IPv6 addresses: nobody goes there.
bool is_other_network(const std::string& address, int error) {
    return is_v6(address) && (error == ENETUNREACH || error == EADDRNOTAVAIL ||
                              error == EAFNOSUPPORT || error == EHOSTUNREACH);
}

const char* advice_for(int error) {
    switch (error) {
        case ECONNREFUSED:
            return "nothing listens there: check the port (5432, --port, DSQL_PORT) and the "
                   "address";
        case ETIMEDOUT:
            return "packets are dropped on the way: let this port out through security groups, "
                   "network ACLs and firewalls";
        default:
            return "check this machine's network, its routes, and the address";
    }
}

finding of_failure(const std::string& address, int port, const std::system_error& failure) {
    const int error = failure.code().value();
    if (is_other_network(address, error)) {
        return {.result = outcome::skipped,
                .summary = target(address, port) + ": this machine has no way to it (" +
                           failure.code().message() + ")"};
    }
    return {.result = outcome::failed,
            .summary = target(address, port) + ": " +
                       (error == ETIMEDOUT ? "no answer" : failure.code().message()),
            .advice = advice_for(error),
            .facts = {{"address", address}}};
}

finding try_address(const std::string& address, doctor_context& seen) {
    const int port = seen.place.port;
    const steady_clock::time_point start = steady_clock::now();
    try {
        const tcp_socket connected(address, port, seen.asked.timeout);
        const auto time =
            std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start);
        if (seen.reachable.empty()) {
            seen.reachable = address;
            seen.tcp_time = time;
        }
        return {.summary = target(address, port) + ": connected in " + in_milliseconds(time),
                .facts = {{"address", address}, {"connect_ms", milliseconds_of(time)}}};
    } catch (const std::system_error& failure) {
        return of_failure(address, port, failure);
    }
}

// An address that fails is one among several for a connect.
void soften_failures(findings& found) {
    for (finding& one : found) {
        if (one.result == outcome::failed) {
            one.result = outcome::warning;
        }
    }
}

}  // namespace

findings check_tcp(doctor_context& seen) {
    findings found;
    found.reserve(seen.addresses.size() + 1);
    for (const std::string& address : seen.addresses) {
        found.push_back(try_address(address, seen));
    }
    if (!seen.reachable.empty()) {
        soften_failures(found);
        return found;
    }
    for (const finding& one : found) {
        if (one.result == outcome::failed) {
            return found;
        }
    }
    found.push_back({.result = outcome::failed,
                     .summary = "no address of " + seen.place.host + " can be reached from here",
                     .advice = advice_for(ENETUNREACH)});
    return found;
}

}  // namespace dsql_cli::doctor
