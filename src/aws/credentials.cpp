// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "aws/providers/default_chain.hpp"
#include "aws/providers/expired_credentials.hpp"
#include "aws/providers/foreign_function.hpp"
#include "aws/providers/provider_access.hpp"
#include "aws/providers/refreshing_provider.hpp"
#include "aws/providers/source.hpp"
#include "base/single_flight.hpp"
#include "base/worker_thread.hpp"

#include <utility>

namespace dsql {

credentials_provider::~credentials_provider() = default;

void credentials_provider::invalidate(const std::string&) noexcept {}

namespace {

class function_provider final : public detail::limited_provider {
public:
    explicit function_provider(std::function<credentials()> function)
        : function_([callee = std::move(function)](const std::string&) { return callee(); }) {}
    credentials get() override { return get_within({}); }
    credentials get_within(const call_limits& limits) override {
        return function_.call({}, limits, [this] { return activity(); });
    }
    [[nodiscard]] std::string activity() const override { return "the program's own provider"; }

private:
    const detail::foreign_function<credentials> function_;
};

class static_provider final : public detail::limited_provider {
public:
    explicit static_provider(const credentials& fixed) : fixed_(fixed) {}
    credentials get() override { return fixed_; }
    credentials get_within(const call_limits&) override { return fixed_; }
    [[nodiscard]] std::string activity() const override { return "static credentials"; }
    [[nodiscard]] bool never_waits() const noexcept override { return true; }

private:
    const credentials fixed_;
};

// What a config without a provider of its own asks.
std::unique_ptr<detail::credentials_source> source_of(const config& settings) {
    const profile_options options{.region = settings.region,
                                  .mfa_code = settings.mfa_code,
                                  .interactive = settings.interactive};
    if (settings.profile.empty()) {
        return detail::make_default_chain(options);
    }
    return detail::make_profile_chain(settings.profile, options);
}

// Fetches on a thread, which has ended when this returns: so `asked` is nobody else's then.
detail::fetched_credentials fetch_within(detail::credentials_source& source,
                                         std::vector<credentials_attempt>& asked,
                                         const call_limits& limits) {
    detail::activity doing(source.name());
    detail::flight<detail::fetched_credentials> waiting;
    static_cast<void>(waiting.join());
    detail::worker_thread worker;
    worker.start([&] {
        try {
            waiting.succeed(
                source.fetch({.stop = waiting.stop_token(), .attempts = &asked, .doing = &doing}));
        } catch (...) {
            waiting.fail(std::current_exception());
        }
    });
    detail::flight<detail::fetched_credentials>::outcome ended =
        waiting.wait(limits, [&doing] { return doing.get(); });
    if (ended.failure) {
        std::rethrow_exception(ended.failure);
    }
    return *std::move(ended.value);
}

}  // namespace

std::shared_ptr<credentials_provider> make_credentials_provider(
    std::function<credentials()> function) {
    if (!function) {
        throw config_error("credentials: the function to get them with is empty");
    }
    return std::make_shared<function_provider>(std::move(function));
}

std::shared_ptr<credentials_provider> static_credentials(const credentials& fixed) {
    if (fixed.access_key_id.empty() || fixed.secret_access_key.empty()) {
        throw credentials_error(
            "static credentials: both access_key_id and secret_access_key are needed");
    }
    return std::make_shared<static_provider>(fixed);
}

std::shared_ptr<credentials_provider> profile_credentials(const std::string& profile,
                                                          const profile_options& options) {
    return std::make_shared<detail::refreshing_provider>(
        detail::make_profile_chain(profile, options));
}

std::shared_ptr<credentials_provider> credentials_for(const config& settings) {
    if (settings.credentials) {
        return settings.credentials;
    }
    return std::make_shared<detail::refreshing_provider>(source_of(settings));
}

credentials fetch_credentials(const config& settings, std::vector<credentials_attempt>* attempts,
                              const call_limits& limits) {
    std::vector<credentials_attempt> own;
    std::vector<credentials_attempt>& asked = attempts == nullptr ? own : *attempts;
    asked.clear();
    if (!settings.credentials) {
        const std::unique_ptr<detail::credentials_source> source = source_of(settings);
        return detail::usable_credentials(detail::is_unlimited(limits)
                                              ? source->fetch({.attempts = &asked})
                                              : fetch_within(*source, asked, limits),
                                          settings.observer.get());
    }
    asked.push_back({.source = "config.credentials", .outcome = credentials_outcome::failed});
    credentials keys = detail::provider_access(settings.credentials).get(limits);
    asked.front().outcome = credentials_outcome::answered;
    return keys;
}

}  // namespace dsql
