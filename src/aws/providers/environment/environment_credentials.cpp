// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/environment/environment_credentials.hpp"

#include <dsql/error.hpp>

#include "aws/providers/expired_credentials.hpp"
#include "aws/providers/provider_access.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace dsql {

namespace {

// Returns the expiration in AWS_CREDENTIAL_EXPIRATION, which `aws configure export-credentials
// --format env` writes, and which the AWS SDKs for Python and JavaScript read. Throws
// `credentials_error` when it has passed, because nothing can renew keys in the environment.
std::optional<std::chrono::system_clock::time_point> environment_expiration() {
    const std::string variable = "AWS_CREDENTIAL_EXPIRATION";
    const std::string value(detail::trim(detail::environment_variable(variable.c_str())));
    if (value.empty()) {
        return std::nullopt;
    }
    const auto expiration = detail::parse_utc_time(value);
    if (!expiration) {
        throw credentials_error(variable + " is not a moment such as 2026-01-02T03:04:05Z");
    }
    const credentials dated{.expiration = expiration};
    if (const auto now = std::chrono::system_clock::now(); aws::has_expired(dated, now)) {
        throw credentials_error("the variables hold " + aws::expired_text(dated, now) + " (" +
                                variable + ")");
    }
    return expiration;
}

class environment_provider final : public aws::limited_provider {
public:
    credentials get() override {
        try {
            return aws::read_environment_credentials();
        } catch (const credentials_error& failure) {
            throw credentials_error(std::string("environment: ") + failure.what());
        }
    }
    credentials get_within(const call_limits&) override { return get(); }
    [[nodiscard]] std::string activity() const override { return "environment"; }
    [[nodiscard]] bool never_waits() const noexcept override { return true; }
};

}  // namespace

std::shared_ptr<credentials_provider> environment_credentials() {
    return std::make_shared<environment_provider>();
}

namespace aws {

// A blank key counts as missing. Any other is used unchanged, including white space around it.
bool environment_has_keys() {
    return !detail::non_blank_variable("AWS_ACCESS_KEY_ID").empty() ||
           !detail::secret_variable("AWS_SECRET_ACCESS_KEY").empty();
}

credentials read_environment_credentials() {
    credentials keys{
        .access_key_id = detail::non_blank_variable("AWS_ACCESS_KEY_ID"),
        .secret_access_key = detail::secret_variable("AWS_SECRET_ACCESS_KEY"),
        .session_token = detail::secret_variable("AWS_SESSION_TOKEN"),
        .account_id = std::string(detail::trim(detail::environment_variable("AWS_ACCOUNT_ID")))};
    for (const auto& [value, name] :
         {std::pair<std::string_view, const char*>(keys.access_key_id, "AWS_ACCESS_KEY_ID"),
          std::pair<std::string_view, const char*>(keys.secret_access_key,
                                                   "AWS_SECRET_ACCESS_KEY")}) {
        if (value.empty()) {
            throw credentials_error(std::string(name) +
                                    " is not set or blank; both AWS_ACCESS_KEY_ID and "
                                    "AWS_SECRET_ACCESS_KEY are needed");
        }
    }
    keys.expiration = environment_expiration();
    return keys;
}

fetched_credentials environment_source::fetch(const fetch_context&) {
    if (!environment_has_keys()) {
        throw source_not_configured("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    }
    return {.keys = read_environment_credentials(), .kept = reuse::never};
}

}  // namespace aws

}  // namespace dsql
