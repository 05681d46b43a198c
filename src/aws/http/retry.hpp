// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"
#include "base/backoff.hpp"

#include <functional>
#include <stop_token>

namespace dsql::aws {

/// What to do after a response.
enum class retry_advice {
    done,      ///< the response is final, whether it is a success or an error
    again,     ///< the error is temporary
    throttled  ///< the service asked for fewer requests
};

/// Advises by the HTTP status alone: 429 is throttled, 5xx is temporary, and every other status is
/// final.
[[nodiscard]] retry_advice advice_by_status(const http_response& response);

/// How often to send a request, and how to wait between the attempts.
struct retry_rules {
    /// How often the request is sent at most; at least 1.
    int max_attempts = 3;
    /// Waits between two attempts. Tests replace it.
    detail::pause_function pause = &detail::interruptible_pause;
    /// Decides after each response.
    std::function<retry_advice(const http_response&)> advice = &advice_by_status;
    /// Whether to try again after a timeout.
    bool after_timeout = true;
    /// Called after the pause and before the next attempt. It may change the request, whose current
    /// content is sent: some parts may be sent only once, or only soon after they were signed. May
    /// be empty.
    std::function<void()> before_retry{};
};

/// Sends a request until a response is final or the attempts are used up, with a back-off between
/// attempts. Returns the last response, whatever its status. An attempt without a response is
/// repeated too, unless another attempt cannot help, as after an untrusted certificate. Throws the
/// last `http_failure` when no attempt may follow it.
[[nodiscard]] http_response send_with_retries(const http_request& request, const retry_rules& rules,
                                              const std::stop_token& stop);

}  // namespace dsql::aws
