// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace bench {

/// One way of doing the thing that is compared.
struct contestant {
    std::string name{};
    std::function<void()> run{};
};

/// Runs the contestants by turns, round after round, so that whatever else the machine does hits
/// all of them alike, and prints the median time of each and the median of the rounds' ratios to
/// the first. Google Benchmark runs one after the other, which on a noisy machine tells less than
/// the few per cent that matter here.
inline void compare(const std::string& what, const std::vector<contestant>& contestants, int rounds,
                    double operations_per_run) {
    using clock = std::chrono::steady_clock;
    const auto median = [](std::vector<double> values) {
        std::sort(values.begin(), values.end());
        return values[values.size() / 2];
    };
    std::vector<std::vector<double>> times(contestants.size());
    std::vector<std::size_t> order(contestants.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same order every time
    for (int round = -1; round < rounds; ++round) {
        // Who runs behind whom matters: what one leaves in caches and in the heap, the next one
        // finds.
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t turn : order) {
            const auto start = clock::now();
            contestants[turn].run();
            const std::chrono::duration<double, std::micro> took = clock::now() - start;
            if (round >= 0) {  // the first round warms up
                times[turn].push_back(took.count() / operations_per_run);
            }
        }
    }
    std::printf("%s\n", what.c_str());
    for (std::size_t i = 0; i < contestants.size(); ++i) {
        std::vector<double> ratios;
        for (std::size_t round = 0; round < times[i].size(); ++round) {
            ratios.push_back(times[i][round] / times[0][round]);
        }
        std::printf("    %-44s %12.3f us   x %.3f\n", contestants[i].name.c_str(), median(times[i]),
                    median(ratios));
    }
    std::fflush(stdout);
}

}  // namespace bench
