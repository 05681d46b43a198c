// SPDX-License-Identifier: Apache-2.0
#include "occ/check_retry_policy.hpp"

#include <dsql/error.hpp>

#include <cmath>
#include <string>

namespace dsql::detail {

namespace {

[[noreturn]] void refuse(const char* field, const std::string& value, const char* range) {
    throw config_error(std::string("retry_policy: ") + field + " is " + value + "; it must be " +
                       range);
}

std::string text_of(std::chrono::milliseconds time) {
    return std::to_string(time.count()) + " ms";
}

}  // namespace

void check_retry_policy(const retry_policy& policy) {
    if (policy.max_retries < 0) {
        refuse("max_retries", std::to_string(policy.max_retries), "0 or more");
    }
    if (policy.initial_wait.count() < 0) {
        refuse("initial_wait", text_of(policy.initial_wait), "0 or more");
    }
    if (policy.max_wait < policy.initial_wait) {
        refuse("max_wait", text_of(policy.max_wait), "at least initial_wait");
    }
    // Written so that NaN is refused as well.
    if (!(policy.multiplier >= 1) || std::isinf(policy.multiplier)) {
        refuse("multiplier", std::to_string(policy.multiplier), "at least 1, and finite");
    }
    if (!(policy.jitter >= 0 && policy.jitter <= 1)) {
        refuse("jitter", std::to_string(policy.jitter), "from 0 to 1");
    }
}

}  // namespace dsql::detail
