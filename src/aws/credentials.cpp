// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "aws/http/curl_memory.hpp"
#include "aws/providers/default_chain.hpp"
#include "aws/providers/expired_credentials.hpp"
#include "aws/providers/foreign_function.hpp"
#include "aws/providers/provider_access.hpp"
#include "aws/providers/refreshing_provider.hpp"
#include "aws/providers/source.hpp"
#include "base/single_flight.hpp"
#include "base/worker_thread.hpp"
#include "errors/thread_shortage.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace dsql {

credentials_provider::~credentials_provider() = default;

void credentials_provider::invalidate(const std::string&) noexcept {}

namespace {

class function_provider final : public aws::limited_provider {
public:
    explicit function_provider(std::function<credentials()> function)
        : function_([callee = std::move(function)](const std::string&) { return callee(); }) {}
    credentials get() override { return get_within({}); }
    credentials get_within(const call_limits& limits) override {
        return function_.call({}, limits, [this] { return activity(); });
    }
    [[nodiscard]] std::string activity() const override { return "the program's own provider"; }

private:
    const aws::foreign_function<credentials> function_;
};

class static_provider final : public aws::limited_provider {
public:
    explicit static_provider(const credentials& fixed) : fixed_(fixed) {}
    credentials get() override { return fixed_; }
    credentials get_within(const call_limits&) override { return fixed_; }
    [[nodiscard]] std::string activity() const override { return "static credentials"; }
    [[nodiscard]] bool never_waits() const noexcept override { return true; }

private:
    const credentials fixed_;
};

// The source that supplies the credentials when the config has no provider.
std::unique_ptr<aws::credentials_source> make_source(const config& settings) {
    aws::allow_curl_to_overwrite();
    const profile_options options{.region = settings.region,
                                  .mfa_code = settings.mfa_code,
                                  .interactive = settings.interactive};
    if (settings.profile.empty()) {
        return aws::make_default_chain(options);
    }
    return aws::make_profile_chain(settings.profile, options);
}

// Fetches on a thread. The thread has ended when this function returns or throws, so nothing else
// uses `tried` then.
aws::fetched_credentials fetch_within(aws::credentials_source& source,
                                      std::vector<credentials_attempt>& tried,
                                      const call_limits& limits) {
    aws::activity doing(source.name());
    detail::flight<aws::fetched_credentials> waiting;
    static_cast<void>(waiting.join());
    detail::worker_thread worker;
    const auto fetch = [&] {
        try {
            waiting.succeed(
                source.fetch({.stop = waiting.stop_token(), .attempts = &tried, .doing = &doing}));
        } catch (...) {
            waiting.fail(std::current_exception());
        }
    };
    try {
        worker.start(fetch);
    } catch (const std::system_error& failure) {
        throw detail::thread_shortage("fetch credentials", failure);
    }
    detail::flight<aws::fetched_credentials>::outcome ended =
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
    return std::make_shared<aws::refreshing_provider>(aws::make_profile_chain(profile, options));
}

std::shared_ptr<credentials_provider> credentials_for(const config& settings) {
    if (settings.credentials) {
        return settings.credentials;
    }
    return std::make_shared<aws::refreshing_provider>(make_source(settings));
}

credentials fetch_credentials(const config& settings, std::vector<credentials_attempt>* attempts,
                              const call_limits& limits) {
    std::vector<credentials_attempt> own;
    std::vector<credentials_attempt>& tried = attempts == nullptr ? own : *attempts;
    tried.clear();
    if (!settings.credentials) {
        const std::unique_ptr<aws::credentials_source> source = make_source(settings);
        return aws::usable_credentials(detail::is_unlimited(limits)
                                           ? source->fetch({.attempts = &tried})
                                           : fetch_within(*source, tried, limits),
                                       settings.observer.get());
    }
    tried.push_back({.source = "config.credentials", .outcome = credentials_outcome::failed});
    credentials keys = aws::provider_access(settings.credentials).get(limits);
    tried.front().outcome = credentials_outcome::provided;
    return keys;
}

}  // namespace dsql
