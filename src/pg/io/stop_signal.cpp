// SPDX-License-Identifier: Apache-2.0
#include "pg/io/stop_signal.hpp"

namespace dsql::pg {

[[gnu::hot]] stop_signal::stop_signal(const std::stop_token& stop,
                                      const std::stop_token& other) noexcept {
    if (!stop.stop_possible() && !other.stop_possible()) {
        return;
    }
    event_.emplace();
    if (!event_->is_open()) {
        must_be_asked_ = true;
        stop_ = stop;
        other_ = other;
        return;
    }
    const auto signal = [this] {
        event_->set();
    };
    callback_.emplace(stop, signal);
    other_callback_.emplace(other, signal);
}

}  // namespace dsql::pg
