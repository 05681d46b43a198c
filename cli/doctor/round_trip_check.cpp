// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "doctor/checks.hpp"
#include "doctor/milliseconds.hpp"
#include "doctor/statement_error_advice.hpp"

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

// As many of `rounds` as there is time for; at least one, or it throws.
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

// A TCP connect is one round trip that the endpoint itself has no part in.
const char* advice_for(microseconds median, microseconds tcp) {
    return tcp * 2 < median
               ? "the way is short, a TCP connect shows: it is the endpoint, or what stands before "
                 "it, that delays requests"
               : "it is a long way to the cluster: run the program in its region";
}

}  // namespace

findings check_round_trip(doctor_context& seen) {
    std::vector<microseconds> times;
    try {
        times = measure(*seen.session, seen.asked.timeout);
    } catch (const std::exception& failure) {
        return {of_statement_failure("round trip", failure)};
    }
    const microseconds median = times[times.size() / 2];
    const microseconds limit = seen.asked.round_trip_limit;
    finding found{.result = median > limit      ? outcome::failed
                            : median > far_away ? outcome::warning
                                                : outcome::ok,
                  .summary = (median > limit ? "slow: median " : "median ") +
                             in_milliseconds(median) + " of " + std::to_string(times.size()) +
                             " round trips, " + in_milliseconds(times.front()) + " to " +
                             in_milliseconds(times.back()) + "; a TCP connect took " +
                             in_milliseconds(seen.tcp_time),
                  .facts = {{"median_ms", milliseconds_of(median)},
                            {"round_trips", static_cast<long long>(times.size())},
                            {"fastest_ms", milliseconds_of(times.front())},
                            {"slowest_ms", milliseconds_of(times.back())},
                            {"tcp_connect_ms", milliseconds_of(seen.tcp_time)}}};
    if (found.result != outcome::ok) {
        found.advice = advice_for(median, seen.tcp_time);
    }
    return {found};
}

}  // namespace dsql_cli::doctor
