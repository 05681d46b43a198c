// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <malloc.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace pool_soak {

/// The resources that this process uses.
struct process_footprint {
    long descriptors = 0;
    long threads = 0;
    long resident_kib = 0;

    [[nodiscard]] static process_footprint now() {
        malloc_trim(0);                      // free memory that is kept is not a leak
        return {count("/proc/self/fd") - 1,  // without the descriptor that counts
                count("/proc/self/task"), resident()};
    }

private:
    static long count(const char* directory) {
        const std::filesystem::directory_iterator all(directory);
        return static_cast<long>(std::distance(begin(all), end(all)));
    }

    static long resident() {
        std::ifstream status("/proc/self/status");
        for (std::string word; status >> word;) {
            if (word == "VmRSS:") {
                long kib = 0;
                status >> kib;
                return kib;
            }
        }
        return 0;
    }
};

}  // namespace pool_soak
