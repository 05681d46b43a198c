// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sts/sts_error.hpp"

#include "aws/http/clock_skew.hpp"
#include "aws/providers/source.hpp"
#include "aws/providers/sts/sts_protocol.hpp"
#include "base/secret_fingerprint.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace dsql::aws {

namespace {

struct known_error {
    std::string_view code;
    std::string_view remedy;
};

// The errors that another attempt cannot resolve (cross-SDK credentials refresh, 2026).
constexpr std::array unrecoverable = {
    known_error{"AccessDenied",
                "the role's trust policy and the caller's own policies must allow it"},
    known_error{"IDPRejectedClaim", "the identity provider refuses the web identity token"},
    known_error{"InvalidIdentityToken",
                "the web identity token must come from a provider that the account trusts"},
    known_error{"MalformedPolicyDocument", "the session policy must be a valid policy"},
    known_error{"PackedPolicyTooLarge", "session policies and tags must be shorter"},
    known_error{"RegionDisabled", "STS must be activated for the region, or another region used"}};

constexpr std::array<std::string_view, 6> throttling = {
    "TooManyRequests", "RequestLimitExceeded",   "BandwidthLimitExceeded", "LimitExceeded",
    "SlowDown",        "PriorRequestNotComplete"};

constexpr std::array<std::string_view, 3> temporary_codes = {"IDPCommunicationError",
                                                             "RequestTimeout", "InternalFailure"};

constexpr std::array<std::string_view, 5> rejected_codes = {"ExpiredToken", "InvalidClientTokenId",
                                                            "SignatureDoesNotMatch",
                                                            "RequestExpired", "InvalidSignature"};

constexpr std::array<std::string_view, 8> clock_errors = {
    "SignatureDoesNotMatch", "RequestExpired",     "InvalidSignature", "ExpiredToken",
    "RequestTimeTooSkewed",  "RequestInTheFuture", "AuthFailure",      "InvalidIdentityToken"};

// The errors that always come from a wrong clock, and those that may come from one.
constexpr std::array<std::string_view, 3> clock_is_wrong = {"RequestExpired", "RequestInTheFuture",
                                                            "RequestTimeTooSkewed"};
constexpr std::array<std::string_view, 3> clock_may_be_wrong = {"SignatureDoesNotMatch",
                                                                "InvalidSignature", "AuthFailure"};

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& codes, std::string_view code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// Returns a code without the suffix "Exception", which some services and the models of some AWS
// SDKs add, as in "RegionDisabledException".
std::string_view bare_code(std::string_view code) {
    constexpr std::string_view suffix = "Exception";
    return code.ends_with(suffix) ? code.substr(0, code.size() - suffix.size()) : code;
}

const known_error* find_unrecoverable(std::string_view code) {
    const auto* const found =
        std::find_if(unrecoverable.begin(), unrecoverable.end(),
                     [code](const known_error& error) { return error.code == code; });
    return found == unrecoverable.end() ? nullptr : found;
}

}  // namespace

retry_advice sts_retry_advice(const http_response& response) {
    if (response.status < 400) {
        return retry_advice::done;
    }
    const sts_error error = parse_sts_error(response.body);
    const std::string_view code = bare_code(error.code);
    if (find_unrecoverable(code) != nullptr || contains(rejected_codes, code)) {
        return retry_advice::done;
    }
    if (code.starts_with("Throttl") || code.ends_with("Throttled") || contains(throttling, code)) {
        return retry_advice::throttled;
    }
    return contains(temporary_codes, code) ? retry_advice::again : advice_by_status(response);
}

std::optional<std::chrono::seconds> clock_correction(const http_response& response,
                                                     std::chrono::system_clock::time_point now) {
    constexpr std::chrono::minutes notable(4);
    const auto offset = response.status < 400 ? std::nullopt : clock_offset(response, now);
    if (!offset) {
        return std::nullopt;
    }
    const sts_error error = parse_sts_error(response.body);
    const std::string_view code = bare_code(error.code);
    const bool is_cause = contains(clock_is_wrong, code) || (contains(clock_may_be_wrong, code) &&
                                                             std::chrono::abs(*offset) > notable);
    return is_cause ? offset : std::nullopt;
}

void throw_sts_error(const std::string& request, const http_response& response,
                     const std::vector<std::string_view>& secrets,
                     std::chrono::system_clock::time_point now, std::string_view access_key_id) {
    const sts_error error = parse_sts_error(response.body);
    if (error.code.empty()) {
        throw credentials_error(request + ": HTTP status " + std::to_string(response.status) +
                                ", and the answer holds no error of STS");
    }
    const std::string_view code = bare_code(error.code);
    std::string message = request + ": " + error.code;
    if (!error.message.empty()) {
        constexpr std::size_t longest = 600;
        // It may repeat them: SignatureDoesNotMatch, for example, shows the headers of the request,
        // including the session token.
        message += ": ";
        message += detail::in_quotes(detail::without_secrets(error.message, secrets, "(redacted)"),
                                     longest);
    }
    if (const std::string skew = clock_skew(response, now);
        !skew.empty() && contains(clock_errors, code)) {
        message += "; " + skew;
    }
    if (const known_error* const known = find_unrecoverable(code)) {
        throw unrecoverable_credentials_error(message + "; " + std::string(known->remedy));
    }
    if (code == "ExpiredToken" && !access_key_id.empty()) {
        throw rejected_credentials_error(message, std::string(access_key_id));
    }
    throw credentials_error(message);
}

}  // namespace dsql::aws
