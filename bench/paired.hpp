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

/// One way of doing the thing that is compared.
struct contestant {
    std::string name{};
    std::function<void()> run{};
};

/// What a contestant took, round by round, in microseconds per operation.
struct timings {
    std::vector<double> elapsed{};
    std::vector<double> processor{};  ///< of this process alone, the server's left out
};

/// The median of the rounds' ratios: what disturbs a round disturbs both of its times.
inline double median_ratio(const std::vector<double>& values, const std::vector<double>& to) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < values.size(); ++round) {
        ratios.push_back(values[round] / to[round]);
    }
    return median(std::move(ratios));
}

/// What this process has computed so far, in microseconds.
inline double processor_time() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto micros = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return micros(usage.ru_utime) + micros(usage.ru_stime);
}

/// Runs one contestant and adds what an operation of it took.
inline void run_once(const contestant& one, double operations, timings& to) {
    using clock = std::chrono::steady_clock;
    const double processor_start = processor_time();
    const auto start = clock::now();
    one.run();
    const std::chrono::duration<double, std::micro> took = clock::now() - start;
    to.elapsed.push_back(took.count() / operations);
    to.processor.push_back((processor_time() - processor_start) / operations);
}

/// Runs the contestants by turns, round after round, so that whatever else the machine does hits
/// all of them alike, and prints the median time of each and the median of the rounds' ratios to
/// the first; then the same of the processor time of this process. Google Benchmark runs one after
/// the other, which on a noisy machine tells less than the few per cent that matter here.
inline void compare(const std::string& what, const std::vector<contestant>& contestants, int rounds,
                    double operations_per_run) {
    std::vector<timings> all(contestants.size());
    std::vector<std::size_t> order(contestants.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same order every time
    for (const contestant& one : contestants) {
        one.run();  // warms up
    }
    for (int round = 0; round < rounds; ++round) {
        // Who runs behind whom matters: what one leaves in caches and in the heap, the next one
        // finds.
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t turn : order) {
            run_once(contestants[turn], operations_per_run, all[turn]);
        }
    }
    std::printf("%s\n", what.c_str());
    for (std::size_t i = 0; i < contestants.size(); ++i) {
        std::printf("    %-36s %9.3f us  x %.3f   processor %9.3f us  x %.3f\n",
                    contestants[i].name.c_str(), median(all[i].elapsed),
                    median_ratio(all[i].elapsed, all[0].elapsed), median(all[i].processor),
                    median_ratio(all[i].processor, all[0].processor));
    }
    std::fflush(stdout);
}

}  // namespace bench
