// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/source.hpp"

#include <chrono>
#include <vector>

/// A fetch context that notes the pauses it is asked for in place of waiting.
class recording_context {
public:
    [[nodiscard]] dsql::detail::fetch_context get(std::stop_token stop = {}) {
        return {.stop = std::move(stop),
                .pause = [this](std::chrono::milliseconds time, const std::stop_token&) {
                    pauses_.push_back(time);
                }};
    }
    [[nodiscard]] const std::vector<std::chrono::milliseconds>& pauses() const noexcept {
        return pauses_;
    }

private:
    std::vector<std::chrono::milliseconds> pauses_;
};
