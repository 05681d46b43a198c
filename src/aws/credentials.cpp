// SPDX-License-Identifier: Apache-2.0
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "aws/providers/default_chain.hpp"

#include <utility>

namespace dsql {

credentials_provider::~credentials_provider() = default;

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
    explicit static_provider(credentials fixed) : fixed_(std::move(fixed)) {}
    credentials get() override { return fixed_; }

private:
    const credentials fixed_;
};

}  // namespace

std::shared_ptr<credentials_provider> make_credentials_provider(
    std::function<credentials()> function) {
    if (!function) {
        throw config_error("credentials: the function to get them with is empty");
    }
    return std::make_shared<function_provider>(std::move(function));
}

std::shared_ptr<credentials_provider> static_credentials(credentials fixed) {
    if (fixed.access_key_id.empty() || fixed.secret_access_key.empty()) {
        throw credentials_error(
            "static credentials: both access_key_id and secret_access_key are needed");
    }
    return std::make_shared<static_provider>(std::move(fixed));
}

std::shared_ptr<credentials_provider> credentials_for(const config& settings) {
    if (settings.credentials) {
        return settings.credentials;
    }
    if (!settings.profile.empty()) {
        return profile_credentials(settings.profile);
    }
    return std::make_shared<detail::default_chain>();
}

}  // namespace dsql
