// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "aws/providers/default_chain.hpp"
#include "aws/providers/refreshing_provider.hpp"
#include "aws/wipe.hpp"

#include <utility>

namespace dsql {

credentials::~credentials() {
    detail::wipe(secret_access_key);
    detail::wipe(session_token);
}

credentials_provider::~credentials_provider() = default;

void credentials_provider::invalidate(const std::string&) noexcept {}

namespace {

class function_provider final : public credentials_provider {
public:
    explicit function_provider(std::function<credentials()> function)
        : function_(std::move(function)) {}
    credentials get() override { return function_(); }

private:
    const std::function<credentials()> function_;
};

class static_provider final : public credentials_provider {
public:
    explicit static_provider(const credentials& fixed) : fixed_(fixed) {}
    credentials get() override { return fixed_; }

private:
    const credentials fixed_;
};

// What a config without a provider of its own asks.
std::unique_ptr<detail::credentials_source> source_of(const config& settings) {
    const profile_options options{.region = settings.region, .mfa_code = settings.mfa_code};
    if (settings.profile.empty()) {
        return detail::make_default_chain(options);
    }
    return detail::make_profile_chain(settings.profile, options);
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

credentials fetch_credentials(const config& settings, std::vector<credentials_attempt>* attempts) {
    std::vector<credentials_attempt> own;
    std::vector<credentials_attempt>& asked = attempts == nullptr ? own : *attempts;
    asked.clear();
    if (!settings.credentials) {
        return source_of(settings)->fetch({.attempts = &asked}).keys;
    }
    asked.push_back({.source = "config.credentials", .outcome = credentials_outcome::failed});
    credentials keys = settings.credentials->get();
    asked.front().outcome = credentials_outcome::answered;
    return keys;
}

}  // namespace dsql
