// SPDX-License-Identifier: Apache-2.0
#include <dsql/credentials.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/token.hpp>

#include "aws/providers/expired_credentials.hpp"
#include "aws/providers/provider_access.hpp"
#include "aws/providers/refreshing_provider.hpp"
#include "aws/signing/token_signer.hpp"
#include "aws/token/token_cache.hpp"
#include "base/notify_on_completion.hpp"
#include "base/secret.hpp"
#include "config/validate.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace dsql {

namespace {

using std::chrono::system_clock;

// Reads the wall clock with the resolution of a kernel tick, about 4 ms. That takes a third of the
// time of a precise reading, and is precise enough for tokens that are valid for minutes.
system_clock::time_point coarse_now() noexcept {
#ifdef CLOCK_REALTIME_COARSE
    timespec now{};
    if (clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0) {
        return system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(
            std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec)));
    }
#endif
    return system_clock::now();
}

// The coarse clock may be behind the precise clock that the token was signed with.
constexpr std::chrono::seconds clock_slack{1};

system_clock::time_point reuse_until(const credentials& keys, std::chrono::seconds token_life,
                                     system_clock::time_point signed_at) {
    const auto until = signed_at + token_life * 4 / 5;
    if (!keys.expiration) {
        return until;
    }
    const auto window = aws::refresh_window(*keys.expiration - signed_at);
    return std::min(until, *keys.expiration - window);
}

// A token that is overwritten when its last owner releases it.
struct wiped_token {
    std::string text{};

    explicit wiped_token(std::string token) : text(std::move(token)) {}
    wiped_token(const wiped_token&) = delete;
    wiped_token& operator=(const wiped_token&) = delete;
    ~wiped_token() { detail::cleanse(text); }
};

std::shared_ptr<const std::string> shared_token(std::string text) {
    const auto token = std::make_shared<wiped_token>(std::move(text));
    return {token, &token->text};
}

const config& checked(const config& settings) {
    detail::check_config(settings);
    return settings;
}

}  // namespace

class token_generator::implementation {
public:
    implementation(const config& settings, const endpoint& place)
        : provider_(credentials_for(settings)),
          refreshing_(dynamic_cast<const aws::refreshing_provider*>(provider_.get())),
          access_(provider_),
          never_waits_(access_.never_waits()),
          signer_(place.host, place.region, settings.user == "admin", settings.token_duration),
          observer_(settings.observer),
          cache_(
              [this](const std::stop_token& stop) {
                  return observer_ ? make_entry_observed(stop) : make_entry(stop);
              },
              [this] { return access_.activity(); }) {}

    // With a provider that always returns at once, no limit can be reached, so the cache need not
    // start a thread.
    std::shared_ptr<const std::string> get(const call_limits& limits) {
        return never_waits_ ? cache_.get(coarse_now()) : cache_.get(coarse_now(), limits);
    }

    std::string generate(system_clock::time_point at, const call_limits& limits) {
        return sign(current_credentials(limits), at).text;
    }

    void invalidate() noexcept { cache_.invalidate(); }

    [[nodiscard]] std::int64_t refreshes() const noexcept { return refreshes_; }

private:
    credentials current_credentials(const call_limits& limits) {
        credentials keys = access_.get(limits);
        if (observer_ && refreshing_ != nullptr) {
            report_failed_renewal();
        }
        return keys;
    }

    // Reports the provider's last failed renewal to the observer, each one only once.
    void report_failed_renewal() {
        const std::optional<aws::renewal_failure> failure = refreshing_->last_renewal_failure();
        if (failure && reported_renewal_.exchange(failure->number) != failure->number) {
            observer_->credentials_refresh_failed({.reason = failure->reason,
                                                   .expiration = failure->expiration,
                                                   .next_attempt = failure->next_attempt});
        }
    }

    // Signing fails for a time after the credentials' expiration. If renewing them has failed, the
    // error also tells why, because that is the actual cause.
    aws::signed_token sign(const credentials& keys, system_clock::time_point at) {
        try {
            return signer_.sign(keys, at);
        } catch (const credentials_error& failure) {
            const std::string reason =
                refreshing_ == nullptr ? std::string() : refreshing_->last_failure();
            if (reason.empty()) {
                throw;
            }
            throw credentials_error(std::string(failure.what()) +
                                    "; renewing them failed: " + reason);
        }
    }

    aws::token_cache::entry make_entry(const std::stop_token& stop) {
        const credentials keys = current_credentials(stop);
        const auto now = system_clock::now();
        aws::signed_token token = sign(keys, now);
        ++refreshes_;
        return {shared_token(std::move(token.text)), now - clock_slack,
                reuse_until(keys, token.life, now)};
    }

    aws::token_cache::entry make_entry_observed(const std::stop_token& stop) {
        const observer::span span = observer_->token_refresh_started();
        return detail::notify_on_completion([this, &stop] { return make_entry(stop); },
                                            [this, span](const std::exception* failure) {
                                                observer_->token_refresh_ended(span, failure);
                                            });
    }

    const std::shared_ptr<credentials_provider> provider_;
    const aws::refreshing_provider* const refreshing_;  // null for any other provider
    const aws::provider_access access_;
    const bool never_waits_;
    aws::token_signer signer_;
    const std::shared_ptr<observer> observer_;
    std::atomic<std::int64_t> refreshes_ = 0;
    std::atomic<std::uint64_t> reported_renewal_ = 0;
    aws::token_cache cache_;  // declared last, because its thread uses the members above
};

token_generator::token_generator(const config& settings)
    : token_generator(settings, resolve_endpoint(checked(settings))) {}
token_generator::token_generator(const config& settings, const endpoint& place)
    : implementation_(std::make_unique<implementation>(checked(settings), place)) {}
token_generator::token_generator(token_generator&&) noexcept = default;
token_generator& token_generator::operator=(token_generator&&) noexcept = default;
token_generator::~token_generator() = default;

token_generator::implementation& token_generator::use() {
    if (implementation_ == nullptr) {
        throw error("the token_generator was moved from");
    }
    return *implementation_;
}

std::shared_ptr<const std::string> token_generator::get(const call_limits& limits) {
    return use().get(limits);
}

std::string token_generator::generate(system_clock::time_point at, const call_limits& limits) {
    return use().generate(at, limits);
}

std::int64_t token_generator::refreshes() const noexcept {
    return implementation_ == nullptr ? 0 : implementation_->refreshes();
}

void token_generator::invalidate() noexcept {
    if (implementation_ != nullptr) {
        implementation_->invalidate();
    }
}

std::string generate_token(const config& settings, system_clock::time_point at,
                           const call_limits& limits) {
    return token_generator(settings).generate(at, limits);
}

}  // namespace dsql
