// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/profile/profile_base.hpp"

#include "aws/providers/environment/environment_credentials.hpp"
#include "aws/providers/login/login_source.hpp"
#include "aws/providers/login/sso_source.hpp"
#include "aws/providers/metadata/container_source.hpp"
#include "aws/providers/metadata/imds_source.hpp"
#include "aws/providers/process/process_source.hpp"
#include "aws/providers/sts/web_identity_source.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"

#include <utility>
#include <variant>

namespace dsql::aws {

namespace {

using source_pointer = std::unique_ptr<credentials_source>;

// The source of keys in a profile, which were read together with the file.
class keys_source final : public credentials_source {
public:
    explicit keys_source(const credentials& keys) : keys_(keys) {}
    [[nodiscard]] std::string name() const override { return "keys"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context&) override {
        return {.keys = keys_, .kept = reuse::never};
    }

private:
    const credentials keys_;
};

// Creates the source for each kind of base.
struct source_maker {
    const profile_chain& chain;
    const profile_surroundings& surroundings;

    source_pointer operator()(std::monostate) const { return nullptr; }
    source_pointer operator()(const static_keys& base) const {
        return std::make_unique<keys_source>(base.keys);
    }
    source_pointer operator()(named_source base) const {
        switch (base) {
            case named_source::environment:
                return std::make_unique<environment_source>();
            case named_source::ecs_container:
                return std::make_unique<container_source>(
                    container_options{.ca_bundle = surroundings.client().ca_bundle});
            case named_source::ec2_instance_metadata:
                break;
        }
        return std::make_unique<imds_source>(surroundings.files, surroundings.profile);
    }
    source_pointer operator()(const web_identity_base& base) const {
        return std::make_unique<web_identity_source>(base.role_arn,
                                                     detail::expand_home(base.token_file),
                                                     base.session_name, surroundings.client());
    }
    source_pointer operator()(const sso_base& base) const {
        std::shared_ptr<sso_refresh_state>& state =
            surroundings.sso_states[base.session_name.empty() ? base.start_url : base.session_name];
        if (!state) {
            state = std::make_shared<sso_refresh_state>();
        }
        return std::make_unique<sso_source>(sso_settings{.session_name = base.session_name,
                                                         .start_url = base.start_url,
                                                         .region = base.region,
                                                         .account_id = base.account_id,
                                                         .role_name = base.role_name,
                                                         .profile = chain.base_profile},
                                            surroundings.client(), &std::chrono::system_clock::now,
                                            state);
    }
    source_pointer operator()(const login_base& base) const {
        return std::make_unique<login_source>(
            login_settings{.session = base.login_session, .profile = chain.base_profile},
            surroundings.client());
    }
    source_pointer operator()(const process_base& base) const {
        return std::make_unique<process_source>(
            base.command, chain.base_profile,
            process_options{.account_id = base.account_id,
                            .interactive = surroundings.options.interactive});
    }
};

struct describer {
    const char* operator()(std::monostate) const { return "nothing"; }
    const char* operator()(const static_keys&) const { return "keys in the shared files"; }
    const char* operator()(named_source base) const {
        switch (base) {
            case named_source::environment:
                return "credential_source Environment";
            case named_source::ecs_container:
                return "credential_source EcsContainer";
            case named_source::ec2_instance_metadata:
                break;
        }
        return "credential_source Ec2InstanceMetadata";
    }
    const char* operator()(const web_identity_base&) const { return "web identity"; }
    const char* operator()(const sso_base&) const { return "SSO"; }
    const char* operator()(const login_base&) const { return "login_session"; }
    const char* operator()(const process_base&) const { return "credential_process"; }
};

}  // namespace

source_pointer make_base_source(const profile_chain& chain,
                                const profile_surroundings& surroundings) {
    return std::visit(source_maker{chain, surroundings}, chain.base);
}

std::string describe_base(const profile_chain& chain) {
    return "profile " + detail::in_quotes(chain.base_profile) + " (" +
           std::visit(describer{}, chain.base) + ")";
}

}  // namespace dsql::aws
