// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/environment_credentials.hpp"

#include <dsql/error.hpp>

#include "aws/providers/limited_provider.hpp"
#include "config/environment.hpp"

#include <utility>

namespace dsql {

namespace detail {

// The values as they are: signed with, not interpreted. Only a blank one counts as none.
bool environment_has_keys() {
    return !non_blank_variable("AWS_ACCESS_KEY_ID").empty() ||
           !non_blank_variable("AWS_SECRET_ACCESS_KEY").empty();
}

credentials read_environment_credentials() {
    credentials keys{.access_key_id = non_blank_variable("AWS_ACCESS_KEY_ID"),
                     .secret_access_key = non_blank_variable("AWS_SECRET_ACCESS_KEY"),
                     .session_token = non_blank_variable("AWS_SESSION_TOKEN")};
    for (const auto& [value, name] :
         {std::pair(&keys.access_key_id, "AWS_ACCESS_KEY_ID"),
          std::pair(&keys.secret_access_key, "AWS_SECRET_ACCESS_KEY")}) {
        if (value->empty()) {
            throw credentials_error(std::string(name) +
                                    " is not set or blank; both AWS_ACCESS_KEY_ID and "
                                    "AWS_SECRET_ACCESS_KEY are needed");
        }
    }
    return keys;
}

fetched_credentials environment_source::fetch(const fetch_context&) {
    if (!environment_has_keys()) {
        throw source_not_configured("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    }
    return {.keys = read_environment_credentials(), .kept = reuse::never};
}

}  // namespace detail

namespace {

class environment_provider final : public detail::limited_provider {
public:
    credentials get() override {
        try {
            return detail::read_environment_credentials();
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

}  // namespace dsql
