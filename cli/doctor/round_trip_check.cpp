// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/milliseconds.hpp"
#include "doctor/trouble.hpp"

#include <algorithm>

namespace dsql_cli::doctor {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t rounds = 9;
constexpr microseconds far_away(50'000);

microseconds ping(dsql::connection& session) {
    const steady_clock::time_point start = steady_clock::now();
    session.ping();
    return std::chrono::duration_cast<microseconds>(steady_clock::now() - start);
}

std::vector<microseconds> measure(dsql::connection& session) {
    std::vector<microseconds> times;
    times.reserve(rounds);
    for (std::size_t i = 0; i < rounds; ++i) {
        times.push_back(ping(session));
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

findings check_round_trip(examination& seen) {
    std::vector<microseconds> times;
    try {
        times = measure(*seen.session);
    } catch (const std::exception& failure) {
        return {of_statement_failure("round trip", failure)};
    }
    const microseconds median = times[rounds / 2];
    const microseconds limit = seen.asked.round_trip_limit;
    finding found{.result = median > limit      ? outcome::failed
                            : median > far_away ? outcome::warning
                                                : outcome::ok,
                  .summary = (median > limit ? "slow: median " : "median ") +
                             in_milliseconds(median) + " of " + std::to_string(rounds) +
                             " round trips, " + in_milliseconds(times.front()) + " to " +
                             in_milliseconds(times.back()) + "; a TCP connect took " +
                             in_milliseconds(seen.tcp_time),
                  .facts = {{"median_ms", milliseconds_of(median)},
                            {"fastest_ms", milliseconds_of(times.front())},
                            {"slowest_ms", milliseconds_of(times.back())},
                            {"tcp_connect_ms", milliseconds_of(seen.tcp_time)}}};
    if (found.result != outcome::ok) {
        found.advice = advice_for(median, seen.tcp_time);
    }
    return {found};
}

}  // namespace dsql_cli::doctor
