// SPDX-License-Identifier: Apache-2.0
#include "aws/shared_files/chain_base.hpp"

#include "aws/shared_files/profile_ref.hpp"
#include "base/text.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace dsql::aws {

namespace {

std::optional<web_identity_base> read_web_identity(const profile_ref& profile) {
    if (!profile.has("web_identity_token_file")) {
        return std::nullopt;
    }
    return web_identity_base{.role_arn = profile.require("role_arn", "web_identity_token_file"),
                             .token_file = profile.get("web_identity_token_file"),
                             .session_name = profile.get("role_session_name")};
}

std::optional<named_source> read_named_source(const profile_ref& profile) {
    constexpr std::array<std::pair<std::string_view, named_source>, 3> sources = {
        {{"Environment", named_source::environment},
         {"Ec2InstanceMetadata", named_source::ec2_instance_metadata},
         {"EcsContainer", named_source::ecs_container}}};
    const std::string value = profile.get("credential_source");
    if (value.empty()) {
        return std::nullopt;
    }
    for (const auto& [name, source] : sources) {
        if (value == name) {
            return source;
        }
    }
    profile.fail("credential_source is " + detail::in_quotes(value) +
                 "; it must be Environment, Ec2InstanceMetadata or EcsContainer");
}

// Returns a required key of an sso-session section. When the profile sets the key too, both values
// must be equal.
std::string session_value(const profile_ref& profile, const profile_settings& session,
                          const std::string& session_name, const char* key) {
    const std::string section =
        "[sso-session " + session_name + "] of " + profile.files().config_path;
    const auto found = session.find(key);
    if (found == session.end() || detail::trim(found->second).empty()) {
        profile.fail("sso_session needs " + std::string(key) + ", which is missing in " + section);
    }
    if (profile.has(key) && profile.get(key) != found->second) {
        profile.fail(std::string(key) + " differs from the one in " + section +
                     "; it need not stand in the profile");
    }
    return std::string(found->second);
}

void read_session(const profile_ref& profile, sso_base& base) {
    const auto session = profile.files().sso_sessions.find(base.session_name);
    if (session == profile.files().sso_sessions.end()) {
        profile.fail("sso_session is " + detail::in_quotes(base.session_name) +
                     ", but there is no such [sso-session] section in " +
                     profile.files().config_path);
    }
    base.start_url = session_value(profile, session->second, session->first, "sso_start_url");
    base.region = session_value(profile, session->second, session->first, "sso_region");
}

std::optional<sso_base> read_sso(const profile_ref& profile) {
    if (!profile.has_any(
            {"sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name"})) {
        return std::nullopt;
    }
    sso_base base{.session_name = profile.get("sso_session")};
    if (base.session_name.empty()) {
        base.start_url = profile.require("sso_start_url", "SSO without sso_session");
        base.region = profile.require("sso_region", "SSO without sso_session");
    } else {
        read_session(profile, base);
    }
    base.account_id = profile.require("sso_account_id", "SSO");
    base.role_name = profile.require("sso_role_name", "SSO");
    return base;
}

}  // namespace

std::optional<static_keys> read_static_keys(const profile_ref& profile) {
    constexpr auto id = "aws_access_key_id";
    constexpr auto secret = "aws_secret_access_key";
    constexpr auto token = "aws_session_token";
    if (!profile.has_any({id, secret, token})) {
        return std::nullopt;
    }
    const char* const present = profile.has(secret) ? secret : token;
    return static_keys{{.access_key_id = profile.require(id, present),
                        .secret_access_key = profile.require_secret(secret, id),
                        .session_token = profile.get_secret(token),
                        .account_id = profile.get("aws_account_id")}};
}

chain_base read_chain_base(const profile_ref& profile) {
    if (auto web_identity = read_web_identity(profile)) {
        return *std::move(web_identity);
    }
    if (auto keys = read_static_keys(profile)) {
        return *std::move(keys);
    }
    if (const auto source = read_named_source(profile)) {
        return *source;
    }
    if (auto sso = read_sso(profile)) {
        return *std::move(sso);
    }
    if (profile.has("login_session")) {
        return login_base{profile.get("login_session")};
    }
    if (profile.has("credential_process")) {
        return process_base{.command = profile.get("credential_process"),
                            .account_id = profile.get("aws_account_id")};
    }
    return std::monostate();
}

}  // namespace dsql::aws
