// SPDX-License-Identifier: Apache-2.0
// Prints how long simulated fleets of processes need to connect to a cluster, and how many connects
// it refuses.
//
//     dsql_fleet_table [SEEDS]
//
// Exits with 0 if each fleet meets the goals with each seed.
#include "fleet/fleet_goals.hpp"
#include "fleet/fleet_simulation.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace fleet;

// Fleets that need all connections of a cluster, and smaller ones.
constexpr fleet_size sizes[] = {{1'000, 10}, {200, 50}, {100, 100}, {900, 10},
                                {500, 4},    {50, 50},  {20, 100}};
constexpr scenario scenarios[] = {scenario::start, scenario::replacement, scenario::rolling,
                                  scenario::outage, scenario::lifetimes};

// Three hours are long to simulate, and only large fleets come near the quotas then.
bool is_worth_its_time(scenario what, const fleet_size& size) {
    return what != scenario::lifetimes || size.processes * size.connections >= 9'000;
}

void print_head() {
    std::puts(
        "| scenario            | proc. |  conn. |      s | ideal | ratio | refus. | each  | gave "
        "up |\n"
        "|---------------------|-------|--------|--------|-------|-------|--------|-------|--------"
        "-|");
}

void print(scenario what, const fleet_size& size, const fleet_result& result) {
    const double for_each =
        static_cast<double>(result.refused) / static_cast<double>(std::max(result.connected, 1L));
    std::printf("| %-19s | %5d | %6d |", name_of(what), size.processes,
                size.processes * size.connections);
    if (what == scenario::lifetimes) {
        std::printf("                        |");
    } else {
        std::printf(" %6.1f | %5.1f | %5.2f |", result.seconds, result.ideal,
                    result.seconds / result.ideal);
    }
    std::printf(" %6ld | %5.2f | %7d |", result.refused, for_each, result.gave_up);
    if (what == scenario::lifetimes) {
        for (const int busiest : result.busiest_minute) {
            std::printf(" %d", busiest);
        }
        std::printf(" in the busiest minute of each hour, at least %d open", result.fewest_open);
    }
}

// Prints one line of the table and returns whether the fleet meets the goals.
bool meets_goals(scenario what, const fleet_size& size, unsigned seed) {
    const fleet_result result = simulate(what, size, {}, seed);
    const std::string missed = missed_goals(what, size, {}, result);
    print(what, size, result);
    std::printf("%s%s\n", missed.empty() ? "" : " MISSED: ", missed.c_str());
    std::fflush(stdout);
    return missed.empty();
}

}  // namespace

int main(int argc, char** argv) {
    const auto seeds = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1;
    bool all_met = true;
    print_head();
    for (const scenario what : scenarios) {
        for (const fleet_size& size : sizes) {
            if (!is_worth_its_time(what, size)) {
                continue;
            }
            for (unsigned seed = 1; seed <= seeds; ++seed) {
                all_met = meets_goals(what, size, seed) && all_met;
            }
        }
    }
    return all_met ? EXIT_SUCCESS : EXIT_FAILURE;
}
