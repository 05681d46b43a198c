// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/http/client_settings.hpp"
#include "aws/http/http_client.hpp"
#include "aws/providers/source.hpp"
#include "aws/providers/sts/sts_protocol.hpp"
#include "base/clocks.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::aws {

/// A client of AWS Security Token Service (STS) for the two calls that return the credentials of a
/// role. Both calls retry temporary errors. They throw `unrecoverable_credentials_error` or another
/// `credentials_error`, which names the action, the role, the endpoint and the error of STS.
/// Thread-safe.
class sts_client {
public:
    /// `settings` contain the endpoint of STS, the trusted certificate authorities and the number
    /// of attempts. Without a region, the client uses the global endpoint, as the AWS CLI does.
    /// `timeout` is the time limit for one attempt. Implicit, because outside of tests the settings
    /// alone define a client.
    sts_client(client_settings settings, detail::wall_clock now = &std::chrono::system_clock::now,
               std::chrono::milliseconds timeout = std::chrono::seconds(10));

    /// Calls AssumeRole, signed with `keys`. If STS rejects the time of the signature, the next
    /// attempt is signed with the time from the response. This correction is made at most once; see
    /// `clock_correction`.
    [[nodiscard]] credentials assume_role(const credentials& keys,
                                          const assume_role_request& request,
                                          const fetch_context& context) const;

    /// Calls AssumeRoleWithWebIdentity, which is not signed, because the token identifies the
    /// caller.
    [[nodiscard]] credentials assume_role_with_web_identity(const web_identity_request& request,
                                                            const fetch_context& context) const;

private:
    struct pending_call;

    [[nodiscard]] http_request form_request(secret_string body) const;
    [[nodiscard]] credentials perform(pending_call& call, const fetch_context& context) const;
    [[nodiscard]] http_response send_call(pending_call& call, const fetch_context& context) const;

    client_settings settings_;
    std::string url_;
    std::string signing_region_;
    detail::wall_clock now_;
    std::chrono::milliseconds timeout_;
};

}  // namespace dsql::aws
