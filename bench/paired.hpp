// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "statistics.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// One of the alternatives that are compared.
struct contestant {
    std::string name{};
    std::function<void()> run{};
};

/// The times of a contestant, one per round, in microseconds per operation.
struct timings {
    std::vector<double> elapsed{};
    std::vector<double> processor{};  ///< processor time of this process, without the server
};

/// Returns the median of the ratios of each round. A disturbance within a round affects both times,
/// so the ratio is more precise than the times.
inline double median_ratio(const std::vector<double>& values, const std::vector<double>& to) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < values.size(); ++round) {
        ratios.push_back(values[round] / to[round]);
    }
    return median(std::move(ratios));
}

/// Returns the processor time that this process has used, in microseconds.
inline double processor_time() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto micros = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return micros(usage.ru_utime) + micros(usage.ru_stime);
}

/// Runs one contestant once and adds its times per operation.
inline void run_once(const contestant& one, double operations, timings& to) {
    using clock = std::chrono::steady_clock;
    const double processor_start = processor_time();
    const auto start = clock::now();
    one.run();
    const std::chrono::duration<double, std::micro> elapsed = clock::now() - start;
    to.elapsed.push_back(elapsed.count() / operations);
    to.processor.push_back((processor_time() - processor_start) / operations);
}

/// Runs the contestants in turn, round after round, so that other load on the machine affects all
/// of them equally. Prints the median time of each and the median of its ratios to the first
/// contestant, then both for the processor time of this process. Google Benchmark measures one
/// contestant after another, which on a noisy machine does not show differences of a few percent.
inline void compare(const std::string& title, const std::vector<contestant>& contestants,
                    int rounds, double operations_per_run) {
    std::vector<timings> all(contestants.size());
    std::vector<std::size_t> order(contestants.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same order every time
    for (const contestant& one : contestants) {
        one.run();  // warm up
    }
    for (int round = 0; round < rounds; ++round) {
        // Shuffle the order, because a contestant is affected by what the previous one leaves in
        // the caches and in the heap.
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t turn : order) {
            run_once(contestants[turn], operations_per_run, all[turn]);
        }
    }
    std::printf("%s\n", title.c_str());
    for (std::size_t i = 0; i < contestants.size(); ++i) {
        std::printf("    %-36s %9.3f us  x %.3f   processor %9.3f us  x %.3f\n",
                    contestants[i].name.c_str(), median(all[i].elapsed),
                    median_ratio(all[i].elapsed, all[0].elapsed), median(all[i].processor),
                    median_ratio(all[i].processor, all[0].processor));
    }
    std::fflush(stdout);
}

}  // namespace bench
