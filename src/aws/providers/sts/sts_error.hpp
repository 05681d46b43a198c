// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"
#include "aws/http/retry.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::detail {

/// Whether STS is worth another attempt: after throttling, 5xx and IDPCommunicationError it is;
/// never after an error code that says the request itself is refused.
/// Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
[[nodiscard]] retry_advice sts_retry_advice(const http_response& response);

/// By how much to correct the clock that a refused request was signed with, so that another attempt
/// may succeed: the `clock_offset` of an answer whose error can only come from a wrong clock
/// (RequestExpired, RequestInTheFuture, RequestTimeTooSkewed), and of one whose error may
/// (SignatureDoesNotMatch and the like) if the offset is more than 4 minutes. None for every other.
/// Source: the AWS SDK for Go v2, whose retries do the same (aws/retry).
[[nodiscard]] std::optional<std::chrono::seconds> clock_correction(
    const http_response& response, std::chrono::system_clock::time_point now);

/// Throws for an answer whose status is not 200: `unrecoverable_credentials_error` when only a
/// person can help, else `credentials_error`. The message is `request`, what was asked of whom,
/// then STS's error code and message without the `secrets`, which it may repeat. When the error may
/// come from a wrong clock and `now` is far from the answer's time, the message says so. When STS
/// says that the keys with `access_key_id`, empty for a request that is not signed, have expired,
/// it is a `rejected_credentials_error`.
[[noreturn]] void throw_sts_failure(const std::string& request, const http_response& response,
                                    const std::vector<std::string_view>& secrets,
                                    std::chrono::system_clock::time_point now,
                                    std::string_view access_key_id);

}  // namespace dsql::detail
