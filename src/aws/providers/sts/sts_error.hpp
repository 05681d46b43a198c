// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"
#include "aws/http/retry.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::aws {

/// Advises whether to try again after a response of STS. Throttling, IDPCommunicationError and
/// other temporary errors are retried; an error code that rejects the request itself is not. For
/// any other code, the HTTP status decides (see `advice_by_status`).
/// Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
[[nodiscard]] retry_advice sts_retry_advice(const http_response& response);

/// Returns how to correct the clock for signing after STS has rejected a request, so that another
/// attempt may succeed. It is the `clock_offset` of the response if the error always comes from a
/// wrong clock (RequestExpired, RequestInTheFuture, RequestTimeTooSkewed), or if it may come from
/// one (SignatureDoesNotMatch, InvalidSignature, AuthFailure) and the offset is more than 4
/// minutes. Returns nothing for any other response.
/// Source: the AWS SDK for Go v2, whose retries do the same (aws/retry).
[[nodiscard]] std::optional<std::chrono::seconds> clock_correction(
    const http_response& response, std::chrono::system_clock::time_point now);

/// Throws the error for a response whose status is not 200: `unrecoverable_credentials_error` when
/// the user must act first; `rejected_credentials_error` when STS reports that the keys with
/// `access_key_id` have expired; otherwise `credentials_error`. The message consists of `request`,
/// which names the action and the endpoint, and the error code and message of STS, in which
/// `secrets` are redacted. If the error may come from a wrong clock and `now` differs much from the
/// time of the response, the message says so. `access_key_id` is empty for a request that is not
/// signed.
[[noreturn]] void throw_sts_error(const std::string& request, const http_response& response,
                                  const std::vector<std::string_view>& secrets,
                                  std::chrono::system_clock::time_point now,
                                  std::string_view access_key_id);

}  // namespace dsql::aws
