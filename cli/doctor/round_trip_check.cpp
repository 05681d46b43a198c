// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "doctor/checks.hpp"
#include "doctor/error_advice.hpp"
#include "format.hpp"

#include <algorithm>

namespace dsql_cli::doctor {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t rounds = 9;
constexpr microseconds far_away(50'000);

microseconds ping(dsql::connection& session, steady_clock::time_point until) {
    const steady_clock::time_point start = steady_clock::now();
    session.ping(dsql::within{until - start});
    return std::chrono::duration_cast<microseconds>(steady_clock::now() - start);
}

// Measures up to `rounds` round trips within `limit`. Throws if not even one completes.
std::vector<microseconds> measure(dsql::connection& session, std::chrono::milliseconds limit) {
    const steady_clock::time_point until = steady_clock::now() + limit;
    std::vector<microseconds> times;
    times.reserve(rounds);
    try {
        while (times.size() < rounds && (times.empty() || steady_clock::now() < until)) {
            times.push_back(ping(session, until));
        }
    } catch (const dsql::timeout_error&) {
        if (times.empty()) {
            throw;
        }
    }
    std::sort(times.begin(), times.end());
    return times;
}

// A TCP connect takes one round trip of the network, without work by the endpoint.
const char* advice_for(microseconds median, microseconds tcp) {
    return tcp * 2 < median
               ? "a TCP connect is fast, so the endpoint or a proxy in front of it delays requests"
               : "the cluster is far away: run the program in its region";
}

}  // namespace

findings check_round_trip(doctor_context& context) {
    std::vector<microseconds> times;
    try {
        times = measure(*context.session, context.options.timeout);
    } catch (const std::exception& error) {
        return {describe_statement_error("round trip", error)};
    }
    const microseconds median = times[times.size() / 2];
    const microseconds limit = context.options.round_trip_limit;
    finding found{.result = median > limit      ? outcome::failed
                            : median > far_away ? outcome::warning
                                                : outcome::ok,
                  .summary = (median > limit ? "slow: median " : "median ") +
                             format_milliseconds(median) + " of " + std::to_string(times.size()) +
                             " round trips, " + format_milliseconds(times.front()) + " to " +
                             format_milliseconds(times.back()) + "; a TCP connect took " +
                             format_milliseconds(context.tcp_time),
                  .facts = {{"median_ms", to_milliseconds(median)},
                            {"round_trips", static_cast<long long>(times.size())},
                            {"fastest_ms", to_milliseconds(times.front())},
                            {"slowest_ms", to_milliseconds(times.back())},
                            {"tcp_connect_ms", to_milliseconds(context.tcp_time)}}};
    if (found.result != outcome::ok) {
        found.advice = advice_for(median, context.tcp_time);
    }
    return {found};
}

}  // namespace dsql_cli::doctor
