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

namespace dsql::detail {

/// AWS Security Token Service: the two calls that give credentials of a role. Safe from any thread.
/// Both calls retry what may pass, and throw `unrecoverable_credentials_error` or
/// `credentials_error` with the action, the role, the endpoint and what STS says.
class sts_client {
public:
    /// `settings` say where STS is, which authorities to trust and how often to try. Without a
    /// region, the global endpoint is asked (as the AWS CLI does). `timeout` is for one attempt.
    /// Implicit: settings are all there is to a client outside of tests.
    sts_client(client_settings settings, wall_clock now = &std::chrono::system_clock::now,
               std::chrono::milliseconds timeout = std::chrono::seconds(10));

    /// AssumeRole, signed with `keys`. When STS refuses the signature's time, the next attempt is
    /// signed with the time that its answer tells, once; see `clock_correction`.
    [[nodiscard]] credentials assume_role(const credentials& keys,
                                          const assume_role_request& request,
                                          const fetch_context& context) const;

    /// AssumeRoleWithWebIdentity, which is not signed: the token proves who asks.
    [[nodiscard]] credentials assume_role_with_web_identity(const web_identity_request& request,
                                                            const fetch_context& context) const;

private:
    struct pending_call;

    [[nodiscard]] http_request form_request(secret_string body) const;
    [[nodiscard]] credentials perform(pending_call& call, const fetch_context& context) const;
    [[nodiscard]] http_response answer_to(pending_call& call, const fetch_context& context) const;

    client_settings settings_;
    std::string url_;
    std::string signing_region_;
    wall_clock now_;
    std::chrono::milliseconds timeout_;
};

}  // namespace dsql::detail
