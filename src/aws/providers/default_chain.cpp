// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/default_chain.hpp"

#include "aws/http/client_settings.hpp"
#include "aws/providers/environment/environment_credentials.hpp"
#include "aws/providers/expired_credentials.hpp"
#include "aws/providers/metadata/container_source.hpp"
#include "aws/providers/metadata/imds_source.hpp"
#include "aws/providers/profile/profile_source.hpp"
#include "aws/providers/sts/web_identity_source.hpp"
#include "aws/shared_files/shared_files.hpp"
#include "base/text.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace dsql::aws {

namespace {

// Records the sources tried so far, for the error that names all of them and for the caller's list
// of attempts.
class attempt_log {
public:
    explicit attempt_log(std::vector<credentials_attempt>* copy) : copy_(copy) {}

    void add(credentials_attempt attempt) {
        constexpr std::size_t longest = 1'200;
        attempt.detail = detail::shortened(attempt.detail, longest);
        if (copy_ != nullptr) {
            copy_->push_back(attempt);
        }
        attempts_.push_back(std::move(attempt));
    }

    void add_error(credentials_attempt attempt, const char* why) {
        attempt.outcome = credentials_outcome::failed;
        attempt.detail = why;
        add(std::move(attempt));
    }

    [[nodiscard]] std::string message() const {
        std::string text = "no AWS credentials found. Tried: ";
        const char* separator = "";
        for (const auto& [source, outcome, detail] : attempts_) {
            text.append(separator).append(source).append(": ").append(detail);
            separator = "; ";
        }
        return text;
    }

private:
    std::vector<credentials_attempt> attempts_;
    std::vector<credentials_attempt>* const copy_;
};

class container_environment_source final : public credentials_source {
public:
    [[nodiscard]] std::string name() const override { return "container endpoint"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override {
        if (!container_is_configured()) {
            throw source_not_configured(
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are "
                "not set");
        }
        const client_settings settings =
            read_client_settings(load_shared_files(context.stop), selected_profile(), {});
        return container_source({.ca_bundle = settings.ca_bundle}).fetch(context);
    }
};

// Returns a remark about expired credentials that may still be used; empty when the credentials
// have not expired. Throws `credentials_error` when expired credentials of this source must not be
// used.
std::string expiration_remark(const fetched_credentials& fetched) {
    const auto now = std::chrono::system_clock::now();
    if (!has_expired(fetched.keys, now)) {
        return {};
    }
    const std::string text = expired_text(fetched.keys, now);
    if (fetched.expired_use != after_expiration::kept_and_taken) {
        throw credentials_error("it returned " + text);
    }
    return text + ", and are used until it has newer ones";
}

// Keeps the imds_source, and so its session token, from one fetch to the next while the settings do
// not change.
class metadata_source final : public credentials_source {
public:
    [[nodiscard]] std::string name() const override { return "EC2 instance metadata"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override {
        const imds_settings settings =
            read_imds_settings(load_shared_files(context.stop), selected_profile());
        if (!source_ || settings != settings_) {
            settings_ = settings;
            source_.emplace(settings);
        }
        return source_->fetch(context);
    }

private:
    imds_settings settings_;
    std::optional<imds_source> source_;
};

}  // namespace

source_chain::source_chain(std::vector<std::unique_ptr<credentials_source>> sources)
    : sources_(std::move(sources)) {}

fetched_credentials source_chain::fetch(const fetch_context& context) {
    attempt_log log(context.attempts);
    for (const std::unique_ptr<credentials_source>& source : sources_) {
        credentials_attempt attempt{.source = source->name()};
        context.begin(attempt.source);
        try {
            fetched_credentials fetched = source->fetch(context);
            const std::string remark = expiration_remark(fetched);
            attempt.outcome = credentials_outcome::provided;
            attempt.detail = fetched.description;
            attempt.detail.append(attempt.detail.empty() || remark.empty() ? "" : "; ")
                .append(remark);
            fetched.source = attempt.source;
            log.add(std::move(attempt));
            return fetched;
        } catch (const source_not_configured& declined) {
            attempt.detail = declined.what();
            log.add(std::move(attempt));
        } catch (const unrecoverable_credentials_error& failure) {
            log.add_error(std::move(attempt), failure.what());
            throw unrecoverable_credentials_error(log.message());
        } catch (const credentials_error& failure) {
            log.add_error(std::move(attempt), failure.what());
            throw credentials_error(log.message());
        }
    }
    throw credentials_error(log.message());
}

std::unique_ptr<credentials_source> make_default_chain(const profile_options& options) {
    std::vector<std::unique_ptr<credentials_source>> sources;
    sources.push_back(std::make_unique<environment_source>());
    sources.push_back(std::make_unique<web_identity_environment_source>(options.region));
    sources.push_back(std::make_unique<profile_source>(std::string(), options));
    sources.push_back(std::make_unique<container_environment_source>());
    sources.push_back(std::make_unique<metadata_source>());
    return std::make_unique<source_chain>(std::move(sources));
}

std::unique_ptr<credentials_source> make_profile_chain(const std::string& profile,
                                                       const profile_options& options) {
    std::vector<std::unique_ptr<credentials_source>> sources;
    sources.push_back(std::make_unique<profile_source>(profile, options));
    return std::make_unique<source_chain>(std::move(sources));
}

}  // namespace dsql::aws
