// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"
#include "base/backoff.hpp"

#include <functional>
#include <stop_token>

namespace dsql::detail {

/// What to do after an answer.
enum class retry_advice {
    done,      ///< it is final, good or bad
    again,     ///< a passing fault
    throttled  ///< the service asked for fewer requests
};

/// 429 is throttled, 5xx a passing fault, everything else final.
[[nodiscard]] retry_advice advice_by_status(const http_response& response);

/// How often to try and how to wait in between.
struct retry_rules {
    int max_attempts = 3;
    pause_function pause = &interruptible_pause;
    std::function<retry_advice(const http_response&)> advice = &advice_by_status;
    /// Whether a time-out is worth another attempt.
    bool after_timeout = true;
    /// Called between the pause and the next attempt, which reads the request anew: to renew in it
    /// what may be sent only once, or not late. May be empty.
    std::function<void()> before_retry{};
};

/// Sends a request until an answer is final or the attempts are used up, with back-off in between;
/// the last answer is returned whatever its status. No answer at all counts as a passing fault,
/// except where another attempt cannot help. Throws the last `http_failure`.
[[nodiscard]] http_response send_with_retries(const http_request& request, const retry_rules& rules,
                                              const std::stop_token& stop);

}  // namespace dsql::detail
