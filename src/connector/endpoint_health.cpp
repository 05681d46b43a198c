// SPDX-License-Identifier: Apache-2.0
#include "connector/endpoint_health.hpp"

#include <algorithm>

namespace dsql::detail {

std::vector<std::size_t> endpoint_health::order(clock::time_point now) {
    std::vector<std::size_t> order;
    std::vector<std::size_t> down;
    order.reserve(endpoints_.size());
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        state& endpoint = endpoints_[i];
        const bool is_down = endpoint.pause.count() > 0;
        if (is_down && now < endpoint.retry_at) {
            down.push_back(i);
            continue;
        }
        if (is_down) {
            endpoint.pause = std::min(endpoint.pause * 2, longest_pause);
            endpoint.retry_at = now + endpoint.pause;
        }
        order.push_back(i);
    }
    order.insert(order.end(), down.begin(), down.end());
    return order;
}

void endpoint_health::reached(std::size_t endpoint) noexcept {
    const std::lock_guard lock(mutex_);
    endpoints_[endpoint] = {};
}

void endpoint_health::failed(std::size_t endpoint, clock::time_point now) noexcept {
    const std::lock_guard lock(mutex_);
    state& known = endpoints_[endpoint];
    if (known.pause.count() == 0) {
        known.pause = first_pause;
    } else if (now < known.retry_at) {
        return;  // another connect has found out before
    }
    known.retry_at = now + known.pause;
}

}  // namespace dsql::detail
