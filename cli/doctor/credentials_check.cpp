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
    "mend or remove what this source is configured by: the first that is configured decides, and "
    "no other is asked";
constexpr const char* none_configured =
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile by \"aws configure\" or \"aws "
    "sso login\", or run where a role is attached; \"dsql credentials --explain\" shows this list";

std::string lifetime_text(const dsql::credentials& keys) {
    return keys.expiration ? ", valid until " + utc_text(*keys.expiration) : ", without an end";
}

// Notes that the credentials fetched have expired and stay in use.
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

finding of_answer(const dsql::credentials_attempt& attempt, const dsql::credentials& keys,
                  std::optional<system_clock::time_point> expired_at) {
    finding found{
        .summary = attempt.source + ": access key id " + key_id_text(keys.access_key_id) +
                   (keys.session_token.empty() ? ", no session token" : ", with a session token") +
                   lifetime_text(keys),
        .facts = {{"source", attempt.source},
                  {"access_key_id", key_id_text(keys.access_key_id)},
                  {"has_session_token", !keys.session_token.empty()}}};
    if (keys.expiration) {
        found.facts.emplace_back("expiration", utc_text(*keys.expiration));
    }
    if (expired_at) {
        found.result = outcome::warning;
        found.summary = attempt.source + ": these credentials expired at " + utc_text(*expired_at) +
                        " by this machine's clock; they stay in use, for AWS may still accept them";
        found.advice =
            "if AWS refuses them, find out why this service does not renew them, or set this "
            "machine's clock";
    }
    return found;
}

// The chain's last source is always asked: that it has nothing does not mean that it should.
bool is_last_resort(const dsql::credentials_attempt& attempt) {
    return attempt.source == "EC2 instance metadata";
}

finding of_refusal(const dsql::credentials_attempt& attempt) {
    const bool failed = attempt.outcome == credentials_outcome::failed && !is_last_resort(attempt);
    const bool declined = attempt.outcome == credentials_outcome::declined;
    return {
        .result = failed ? outcome::failed : outcome::skipped,
        .summary = attempt.source + ": " + (declined ? "not configured: " : "") + attempt.detail,
        .advice = failed ? half_configured : "",
        .facts = {{"source", attempt.source}}};
}

finding of_attempt(const dsql::credentials_attempt& attempt, const doctor_context& seen,
                   const expiry_observer& watcher) {
    return attempt.outcome == credentials_outcome::provided && seen.keys
               ? of_answer(attempt, *seen.keys, watcher.expired_at())
               : of_refusal(attempt);
}

// At its default the time-out is too short for a person who is asked for a code, and for some
// commands; credentials then have what dsql::connect gives them.
dsql::within credentials_limit(const request& asked) {
    constexpr std::chrono::minutes usual{2};
    return asked.timeout == request().timeout ? dsql::within{usual} : dsql::within{asked.timeout};
}

// Why no token can be signed with the credentials found; empty: one can.
std::string reason_not_to_sign(const doctor_context& seen) {
    dsql::config settings = seen.asked.settings;
    try {
        settings.credentials = dsql::static_credentials(*seen.keys);
        static_cast<void>(dsql::token_generator(settings, seen.place).generate());
        return {};
    } catch (const dsql::error& refusal) {
        return refusal.what();
    }
}

bool has_failure(const findings& found) {
    return std::any_of(found.begin(), found.end(),
                       [](const finding& one) { return one.result == outcome::failed; });
}

}  // namespace

findings check_credentials(doctor_context& seen) {
    std::vector<dsql::credentials_attempt> attempts;
    std::string failure;
    bool timed_out = false;
    const auto watcher = std::make_shared<expiry_observer>();
    dsql::config settings = seen.asked.settings;
    settings.observer = watcher;
    try {
        seen.keys = dsql::fetch_credentials(settings, &attempts, credentials_limit(seen.asked));
    } catch (const dsql::timeout_error& thrown) {
        timed_out = true;
        failure = thrown.what();
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    if (seen.keys) {
        failure = reason_not_to_sign(seen);
    }
    findings found;
    found.reserve(attempts.size() + 1);
    for (const dsql::credentials_attempt& attempt : attempts) {
        found.push_back(of_attempt(attempt, seen, *watcher));
    }
    if (timed_out) {
        // Instead of the source's own words, which say that it was stopped.
        std::erase_if(found, [](const finding& one) { return one.result == outcome::failed; });
        found.push_back({.result = outcome::failed,
                         .summary = failure,
                         .advice = "find out why this source does not answer, or give it more time "
                                   "by --timeout"});
        return found;
    }
    if (seen.keys && !failure.empty()) {
        found.push_back({.result = outcome::failed,
                         .summary = failure,
                         .advice = "correct them where this source has them from"});
    }
    if (seen.keys || has_failure(found)) {
        return found;
    }
    found.push_back({.result = outcome::failed,
                     .summary = attempts.empty()
                                    ? failure
                                    : "no AWS credentials: no source is configured, and "
                                      "instance metadata gives none",
                     .advice = none_configured});
    return found;
}

}  // namespace dsql_cli::doctor
