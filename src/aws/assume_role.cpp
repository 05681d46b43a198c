// SPDX-License-Identifier: Apache-2.0
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "aws/http/client_settings.hpp"
#include "aws/providers/default_chain.hpp"
#include "aws/providers/foreign_function.hpp"
#include "aws/providers/provider_access.hpp"
#include "aws/providers/refreshing_provider.hpp"
#include "aws/providers/sts/assume_role_source.hpp"
#include "aws/shared_files/shared_files.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace dsql {

namespace {

constexpr std::chrono::seconds shortest_duration{900};
constexpr std::chrono::seconds longest_duration{43'200};

bool is_session_name(std::string_view name) {
    static constexpr std::string_view others = "_+=,.@-";
    return name.size() >= 2 && name.size() <= 64 &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return detail::is_digit(c) || detail::is_lower(detail::lower(c)) ||
                      others.find(c) != std::string_view::npos;
           });
}

void check(const std::string& role_arn, const assume_role_options& options) {
    const auto fail = [](const std::string& why) {
        throw config_error("assume_role_credentials: " + why);
    };
    if (role_arn.empty()) {
        fail("role_arn is empty; it must be like arn:aws:iam::123456789012:role/name");
    }
    if (!options.role_session_name.empty() && !is_session_name(options.role_session_name)) {
        fail("role_session_name is " + detail::in_quotes(options.role_session_name) +
             "; it must have 2 to 64 characters of A-Z, a-z, 0-9 and _+=,.@-");
    }
    if (options.duration < shortest_duration || options.duration > longest_duration) {
        fail("duration is " + std::to_string(options.duration.count()) +
             " s; it must be 900 to 43200 s");
    }
    if (!options.mfa_serial.empty() && !options.mfa_code) {
        fail("mfa_serial is given without mfa_code, the function that supplies the code");
    }
}

// Assumes the role again at each fetch. The settings are read each time, because the environment
// and the files may change while the program runs.
class role_source final : public aws::credentials_source {
public:
    role_source(std::string role_arn, assume_role_options options)
        : role_arn_(std::move(role_arn)),
          options_(std::move(options)),
          mfa_code_(options_.mfa_code),
          source_(options_.source ? std::optional(aws::provider_access(options_.source))
                                  : std::nullopt),
          chain_(
              aws::make_default_chain({.region = options_.region, .mfa_code = options_.mfa_code})) {
    }

    [[nodiscard]] std::string name() const override {
        return "role " + detail::in_quotes(role_arn_);
    }
    [[nodiscard]] aws::fetched_credentials fetch(const aws::fetch_context& context) override {
        try {
            return assume(context);
        } catch (const aws::rejected_credentials_error& rejected) {
            if (!options_.source) {
                throw;  // the default chain caches nothing: its credentials are new already
            }
            options_.source->invalidate(rejected.access_key_id());
            return assume(context);
        }
    }

private:
    [[nodiscard]] aws::fetched_credentials assume(const aws::fetch_context& context) {
        aws::assume_role_source source(
            [this](const aws::fetch_context& inner) {
                return source_ ? credentials_of_source(inner) : chain_->fetch(inner).keys;
            },
            request(),
            aws::read_client_settings(aws::load_shared_files(context.stop), aws::selected_profile(),
                                      options_.region),
            mfa_code_);
        return source.fetch(context);
    }

    [[nodiscard]] credentials credentials_of_source(const aws::fetch_context& context) const {
        context.begin(source_->activity() + ", for " + name());
        return source_->get(context.stop);
    }

    [[nodiscard]] aws::assume_role_request request() const {
        return {.role_arn = role_arn_,
                .role_session_name = options_.role_session_name,
                .external_id = options_.external_id,
                .duration = options_.duration,
                .mfa_serial = options_.mfa_serial,
                .policy = options_.policy,
                .policy_arns = options_.policy_arns,
                .source_identity = options_.source_identity,
                .tags = {options_.tags.begin(), options_.tags.end()},
                .transitive_tag_keys = options_.transitive_tag_keys};
    }

    const std::string role_arn_;
    const assume_role_options options_;
    const aws::foreign_function<std::string> mfa_code_;
    const std::optional<aws::provider_access> source_;
    const std::unique_ptr<aws::credentials_source> chain_;  // used when there is no source_
};

}  // namespace

std::shared_ptr<credentials_provider> assume_role_credentials(std::string role_arn,
                                                              assume_role_options options) {
    check(role_arn, options);
    return std::make_shared<aws::refreshing_provider>(
        std::make_unique<role_source>(std::move(role_arn), std::move(options)));
}

}  // namespace dsql
