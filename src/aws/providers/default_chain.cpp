// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/default_chain.hpp"

#include "aws/profiles/shared_files.hpp"
#include "aws/providers/container_source.hpp"
#include "aws/providers/environment_credentials.hpp"
#include "aws/providers/imds_source.hpp"
#include "aws/providers/profile_source.hpp"
#include "aws/providers/web_identity_environment.hpp"
#include "config/environment.hpp"

#include <utility>

namespace dsql::detail {

namespace {

// The sources asked so far, for the error that names them all and for whoever wants to know.
class attempt_log {
public:
    explicit attempt_log(std::vector<credentials_attempt>* copy) : copy_(copy) {}

    void add(credentials_attempt attempt) {
        if (copy_ != nullptr) {
            copy_->push_back(attempt);
        }
        attempts_.push_back(std::move(attempt));
    }

    [[nodiscard]] std::string message() const {
        std::string text = "no AWS credentials found. Tried: ";
        const char* separator = "";
        for (const auto& [source, answered, detail] : attempts_) {
            text.append(separator).append(source).append(": ").append(detail);
            separator = "; ";
        }
        return text;
    }

private:
    std::vector<credentials_attempt> attempts_;
    std::vector<credentials_attempt>* const copy_;
};

// A source that is made anew for each fetch, from what environment and files say by then.
class made_for_fetch final : public credentials_source {
public:
    using maker = std::unique_ptr<credentials_source> (*)();

    made_for_fetch(std::string name, maker make) : name_(std::move(name)), make_(make) {}
    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override {
        return make_()->fetch(context);
    }

private:
    const std::string name_;
    const maker make_;
};

std::unique_ptr<credentials_source> make_container_source() {
    if (!container_is_configured()) {
        throw source_not_configured(
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not "
            "set");
    }
    return std::make_unique<container_source>(
        container_options{.ca_bundle = environment_variable("AWS_CA_BUNDLE")});
}

std::unique_ptr<credentials_source> make_metadata_source() {
    return std::make_unique<imds_source>(load_shared_files(), selected_profile());
}

}  // namespace

source_chain::source_chain(std::vector<std::unique_ptr<credentials_source>> sources)
    : sources_(std::move(sources)) {}

fetched_credentials source_chain::fetch(const fetch_context& context) {
    attempt_log log(context.attempts);
    for (const std::unique_ptr<credentials_source>& source : sources_) {
        credentials_attempt attempt{.source = source->name()};
        try {
            fetched_credentials fetched = source->fetch(context);
            attempt.answered = true;
            attempt.detail = fetched.description;
            log.add(std::move(attempt));
            return fetched;
        } catch (const source_not_configured& declined) {
            attempt.detail = declined.what();
            log.add(std::move(attempt));
        } catch (const unrecoverable_credentials_error& failure) {
            attempt.detail = failure.what();
            log.add(std::move(attempt));
            throw unrecoverable_credentials_error(log.message());
        } catch (const credentials_error& failure) {
            attempt.detail = failure.what();
            log.add(std::move(attempt));
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
    sources.push_back(
        std::make_unique<made_for_fetch>("container endpoint", &make_container_source));
    sources.push_back(
        std::make_unique<made_for_fetch>("EC2 instance metadata", &make_metadata_source));
    return std::make_unique<source_chain>(std::move(sources));
}

std::unique_ptr<credentials_source> make_profile_chain(const std::string& profile,
                                                       const profile_options& options) {
    std::vector<std::unique_ptr<credentials_source>> sources;
    sources.push_back(std::make_unique<profile_source>(profile, options));
    return std::make_unique<source_chain>(std::move(sources));
}

}  // namespace dsql::detail
