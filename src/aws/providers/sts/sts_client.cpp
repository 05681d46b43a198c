// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sts/sts_client.hpp"

#include "aws/http/retry.hpp"
#include "aws/http/url.hpp"
#include "aws/providers/sts/sts_error.hpp"
#include "aws/providers/sts/sts_protocol.hpp"
#include "aws/signing/request_signer.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

namespace dsql::aws {

namespace {

// The region of the global endpoint, which is also the region of its signatures.
constexpr std::string_view global_region = "us-east-1";

std::string endpoint_of(const client_settings& settings, bool has_region) {
    const bool is_usual = !settings.use_fips && !settings.use_dualstack &&
                          !settings.endpoints.contains(aws_service::sts);
    if (!has_region && is_usual) {
        return "https://sts.amazonaws.com";
    }
    return service_url(settings, aws_service::sts,
                       has_region ? std::string_view(settings.region) : global_region);
}

// Returns the account ID, the fifth part of "arn:PARTITION:iam::ACCOUNT:role/NAME".
std::string account_of(std::string_view arn) {
    for (int part = 0; part < 4; ++part) {
        arn.remove_prefix(std::min(arn.size(), arn.find(':')));
        arn.remove_prefix(std::min<std::size_t>(arn.size(), 1));
    }
    return std::string(arn.substr(0, arn.find(':')));
}

void require_role(std::string_view action, const std::string& role_arn) {
    if (role_arn.empty()) {
        throw unrecoverable_credentials_error(
            std::string(action) +
            ": there is no role; set role_arn, or AWS_ROLE_ARN for a web identity");
    }
}

}  // namespace

// One call of STS: its name for messages, its request, and the secrets that messages must not show
// even if the response repeats them.
struct sts_client::pending_call {
    std::string_view action;
    const std::string& role_arn;
    http_request request;
    std::vector<std::string_view> secrets;
    std::string_view access_key_id{};
    // Signs the request before each attempt. Empty for a call that is not signed.
    std::function<void(http_request&)> sign{};
    // The correction of the clock for signing, set once a response has shown that the clock is
    // wrong.
    std::optional<std::chrono::seconds> clock_offset{};

    pending_call(std::string_view name, const std::string& role, const http_request& message,
                 std::vector<std::string_view> hidden)
        : action(name), role_arn(role), request(message), secrets(std::move(hidden)) {}

    // Returns the subject of messages, for example `AssumeRole of "arn:..." at
    // https://sts.amazonaws.com/`.
    [[nodiscard]] std::string text() const {
        return std::string(action) + " of " + detail::in_quotes(role_arn) + " at " +
               shown_url(request.url);
    }
};

sts_client::sts_client(client_settings settings, detail::wall_clock now,
                       std::chrono::milliseconds timeout)
    : settings_(std::move(settings)), now_(std::move(now)), timeout_(timeout) {
    const bool has_region = !settings_.region.empty() && settings_.region != "aws-global";
    url_ = endpoint_of(settings_, has_region) + "/";
    signing_region_ = has_region ? settings_.region : std::string(global_region);
}

http_request sts_client::form_request(secret_string body) const {
    http_request request{
        .method = "POST",
        .url = url_,
        .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
        .body = std::move(body)};
    request.timeout = timeout_;
    request.max_response_size = max_sts_response_size;
    request.ca_bundle = settings_.ca_bundle;
    return request;
}

credentials sts_client::perform(pending_call& call, const fetch_context& context) const {
    const http_response response = send_call(call, context);
    if (response.status != 200) {
        throw_sts_error(call.text(), response, call.secrets, now_(), call.access_key_id);
    }
    try {
        credentials keys = parse_sts_credentials(response.body);
        keys.account_id = account_of(call.role_arn);
        return keys;
    } catch (const credentials_error& failure) {
        throw credentials_error(call.text() + ": " + failure.what());
    }
}

http_response sts_client::send_call(pending_call& call, const fetch_context& context) const {
    retry_rules rules{.max_attempts = settings_.max_attempts,
                      .pause = context.pause,
                      .advice = &sts_retry_advice};
    if (call.sign) {
        call.sign(call.request);
        rules.before_retry = [&call] {
            call.sign(call.request);
        };
        rules.advice = [this, &call](const http_response& response) {
            if (!call.clock_offset) {
                call.clock_offset = clock_correction(response, now_());
                return call.clock_offset ? retry_advice::again : sts_retry_advice(response);
            }
            return sts_retry_advice(response);
        };
    }
    try {
        return send_with_retries(call.request, rules, context.stop);
    } catch (const http_failure& failure) {
        throw credentials_error(call.text() + ": " + failure.what());
    }
}

credentials sts_client::assume_role(const credentials& keys, const assume_role_request& request,
                                    const fetch_context& context) const {
    require_role("AssumeRole", request.role_arn);
    pending_call call("AssumeRole", request.role_arn, form_request(form_of(request)),
                      {keys.secret_access_key, keys.session_token, request.mfa_code});
    call.access_key_id = keys.access_key_id;
    call.sign = [&](http_request& http) {
        sign_request(http, keys, signing_region_, "sts",
                     now_() + call.clock_offset.value_or(std::chrono::seconds(0)));
    };
    return perform(call, context);
}

credentials sts_client::assume_role_with_web_identity(const web_identity_request& request,
                                                      const fetch_context& context) const {
    require_role("AssumeRoleWithWebIdentity", request.role_arn);
    pending_call call("AssumeRoleWithWebIdentity", request.role_arn, form_request(form_of(request)),
                      {detail::trim(request.token)});
    return perform(call, context);
}

}  // namespace dsql::aws
