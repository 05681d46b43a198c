// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/source.hpp"

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <utility>
#include <vector>

/// Replaces the waits between attempts: records them and does not wait.
class recording_context {
public:
    /// Returns a context for fetching. It must not outlive this object.
    [[nodiscard]] dsql::aws::fetch_context context(std::stop_token stop = {}) {
        return {.stop = std::move(stop),
                .pause = [this](std::chrono::milliseconds time, const std::stop_token&) {
                    pauses_.push_back(time);
                }};
    }
    [[nodiscard]] const std::vector<std::chrono::milliseconds>& pauses() const noexcept {
        return pauses_;
    }
    [[nodiscard]] std::size_t count() const noexcept { return pauses_.size(); }
    void clear() noexcept { pauses_.clear(); }

private:
    std::vector<std::chrono::milliseconds> pauses_;
};
