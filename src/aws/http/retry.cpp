// SPDX-License-Identifier: Apache-2.0
#include "aws/http/retry.hpp"

namespace dsql::aws {

namespace {

bool is_temporary(http_failure_kind kind, const retry_rules& rules) {
    switch (kind) {
        case http_failure_kind::resolve:
        case http_failure_kind::connect:
            return true;
        case http_failure_kind::timeout:
            return rules.after_timeout;
        case http_failure_kind::bad_request:
        case http_failure_kind::tls:
        case http_failure_kind::too_large:
        case http_failure_kind::stopped:
            break;
    }
    return false;
}

}  // namespace

retry_advice advice_by_status(const http_response& response) {
    if (response.status == 429) {
        return retry_advice::throttled;
    }
    return response.status >= 500 ? retry_advice::again : retry_advice::done;
}

http_response send_with_retries(const http_request& request, const retry_rules& rules,
                                const std::stop_token& stop) {
    for (int attempt = 1;; ++attempt) {
        const bool is_last = attempt >= rules.max_attempts || stop.stop_requested();
        bool throttled = false;
        try {
            http_response response = send(request, stop);
            const retry_advice advice = rules.advice(response);
            if (advice == retry_advice::done || is_last) {
                return response;
            }
            throttled = advice == retry_advice::throttled;
        } catch (const http_failure& failure) {
            if (is_last || !is_temporary(failure.kind(), rules)) {
                throw;
            }
        }
        rules.pause(detail::backoff(attempt, throttled), stop);
        if (rules.before_retry) {
            rules.before_retry();
        }
    }
}

}  // namespace dsql::aws
