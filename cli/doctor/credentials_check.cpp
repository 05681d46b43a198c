// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/token.hpp>

#include "doctor/checks.hpp"
#include "format.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

namespace dsql_cli::doctor {

namespace {

using dsql::credentials_outcome;
using std::chrono::system_clock;

constexpr const char* half_configured =
    "correct or remove the configuration of this source: the first configured source decides, and "
    "no other is tried";
constexpr const char* none_configured =
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile by \"aws configure\" or \"aws "
    "sso login\", or run where a role is attached; \"dsql credentials --explain\" shows this list";

std::string format_lifetime(const dsql::credentials& keys) {
    return keys.expiration ? ", valid until " + format_utc(*keys.expiration)
                           : ", without expiration";
}

// Records that the fetched credentials have expired and stay in use.
class expiry_observer final : public dsql::observer {
public:
    void credentials_refresh_failed(
        const dsql::credentials_refresh_event& event) noexcept override {
        expired_at_ = event.expiration;
    }
    [[nodiscard]] std::optional<system_clock::time_point> expired_at() const noexcept {
        return expired_at_;
    }

private:
    std::optional<system_clock::time_point> expired_at_;
};

finding describe_credentials(const dsql::credentials_attempt& attempt,
                             const dsql::credentials& keys,
                             std::optional<system_clock::time_point> expired_at) {
    finding found{
        .summary = attempt.source + ": access key id " + redact_key_id(keys.access_key_id) +
                   (keys.session_token.empty() ? ", no session token" : ", with a session token") +
                   format_lifetime(keys),
        .facts = {{"source", attempt.source},
                  {"access_key_id", redact_key_id(keys.access_key_id)},
                  {"has_session_token", !keys.session_token.empty()}}};
    if (keys.expiration) {
        found.facts.emplace_back("expiration", format_utc(*keys.expiration));
    }
    if (expired_at) {
        found.result = outcome::warning;
        found.summary = attempt.source + ": these credentials expired at " +
                        format_utc(*expired_at) +
                        " by this machine's clock; they stay in use, for AWS may still accept them";
        found.advice =
            "if AWS rejects them, find out why this service does not renew them, or set this "
            "machine's clock";
    }
    return found;
}

// The default chain always asks its last source. An error there does not mean that it is meant to
// be used.
bool is_last_resort(const dsql::credentials_attempt& attempt) {
    return attempt.source == "EC2 instance metadata";
}

finding describe_unused_source(const dsql::credentials_attempt& attempt) {
    const bool failed = attempt.outcome == credentials_outcome::failed && !is_last_resort(attempt);
    const bool declined = attempt.outcome == credentials_outcome::declined;
    return {
        .result = failed ? outcome::failed : outcome::skipped,
        .summary = attempt.source + ": " + (declined ? "not configured: " : "") + attempt.detail,
        .advice = failed ? half_configured : "",
        .facts = {{"source", attempt.source}}};
}

finding describe_attempt(const dsql::credentials_attempt& attempt, const doctor_context& context,
                         const expiry_observer& observer) {
    return attempt.outcome == credentials_outcome::provided && context.keys
               ? describe_credentials(attempt, *context.keys, observer.expired_at())
               : describe_unused_source(attempt);
}

// The default --timeout is too short for a user who has to type an MFA code and for some credential
// processes. Unless the user changed it, credentials get the limit that dsql::connect gives them.
dsql::within credentials_limit(const check_options& options) {
    constexpr std::chrono::minutes usual{2};
    return options.timeout == check_options().timeout ? dsql::within{usual}
                                                      : dsql::within{options.timeout};
}

// Returns why the credentials cannot sign a token; empty if they can.
std::string find_signing_error(const doctor_context& context) {
    dsql::config settings = context.options.settings;
    try {
        settings.credentials = dsql::static_credentials(*context.keys);
        static_cast<void>(dsql::token_generator(settings, context.endpoint).generate());
        return {};
    } catch (const dsql::error& error) {
        return error.what();
    }
}

bool has_failed_finding(const findings& found) {
    return std::any_of(found.begin(), found.end(),
                       [](const finding& one) { return one.result == outcome::failed; });
}

}  // namespace

findings check_credentials(doctor_context& context) {
    std::vector<dsql::credentials_attempt> attempts;
    std::string error_text;
    bool timed_out = false;
    const auto observer = std::make_shared<expiry_observer>();
    dsql::config settings = context.options.settings;
    settings.observer = observer;
    try {
        context.keys =
            dsql::fetch_credentials(settings, &attempts, credentials_limit(context.options));
    } catch (const dsql::timeout_error& error) {
        timed_out = true;
        error_text = error.what();
    } catch (const std::exception& error) {
        error_text = error.what();
    }
    if (context.keys) {
        error_text = find_signing_error(context);
    }
    findings found;
    found.reserve(attempts.size() + 1);
    for (const dsql::credentials_attempt& attempt : attempts) {
        found.push_back(describe_attempt(attempt, context, *observer));
    }
    if (timed_out) {
        // The source's own error only says that it was stopped; report the time-out instead.
        std::erase_if(found, [](const finding& one) { return one.result == outcome::failed; });
        found.push_back({.result = outcome::failed,
                         .summary = error_text,
                         .advice = "find out why this source does not answer, or give it more time "
                                   "by --timeout"});
        return found;
    }
    if (context.keys && !error_text.empty()) {
        found.push_back({.result = outcome::failed,
                         .summary = error_text,
                         .advice = "correct them in this source"});
    }
    if (context.keys || has_failed_finding(found)) {
        return found;
    }
    found.push_back({.result = outcome::failed,
                     .summary = attempts.empty()
                                    ? error_text
                                    : "no AWS credentials: no source is configured, and "
                                      "instance metadata gives none",
                     .advice = none_configured});
    return found;
}

}  // namespace dsql_cli::doctor
