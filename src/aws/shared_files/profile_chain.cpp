// SPDX-License-Identifier: Apache-2.0
#include "aws/shared_files/profile_chain.hpp"

#include "aws/shared_files/profile_ref.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace dsql::aws {

namespace {

std::optional<std::chrono::seconds> read_duration(const profile_ref& profile) {
    constexpr int shortest = 900;
    constexpr int longest = 43'200;
    const std::string value = profile.get("duration_seconds");
    if (value.empty()) {
        return std::nullopt;
    }
    const auto seconds = detail::parse_number<int>(value);
    if (!seconds || *seconds < shortest || *seconds > longest) {
        profile.fail("duration_seconds is " + detail::in_quotes(value) +
                     "; it must be a number from 900 to 43200");
    }
    return std::chrono::seconds(*seconds);
}

role_step read_role(const profile_ref& profile) {
    return {.profile = profile.name(),
            .role_arn = profile.get("role_arn"),
            .external_id = profile.get("external_id"),
            .role_session_name = profile.get("role_session_name"),
            .duration = read_duration(profile),
            .mfa_serial = profile.get("mfa_serial")};
}

// A role with a web identity needs no other credentials, so it is the base of a chain and not a
// step.
bool assumes_role(const profile_ref& profile) {
    return profile.has("role_arn") && !profile.has("web_identity_token_file");
}

void check_one_source(const profile_ref& profile) {
    const bool from_profile = profile.has("source_profile");
    const bool from_source = profile.has("credential_source");
    if (from_profile && from_source) {
        profile.fail(
            "both source_profile and credential_source are set; "
            "role_arn takes one of them");
    }
    if (!from_profile && !from_source) {
        profile.fail("role_arn needs source_profile or credential_source, and neither is set in " +
                     profile.files().credentials_path + " or " + profile.files().config_path);
    }
}

class chain_builder {
public:
    explicit chain_builder(const shared_files& files) : files_(files) {}

    profile_chain build(std::string name) {
        std::string referrer;
        while (true) {
            const profile_ref profile(files_, name, referrer);
            visit(profile);
            const std::string next = source_of(profile);
            if (next.empty()) {
                std::reverse(chain_.roles.begin(), chain_.roles.end());
                return std::move(chain_);
            }
            referrer = std::exchange(name, next);
        }
    }

private:
    void visit(const profile_ref& profile) {
        const auto seen = std::find(chain_.visited.begin(), chain_.visited.end(), profile.name());
        if (seen == chain_.visited.end()) {
            chain_.visited.push_back(profile.name());
            return;
        }
        constexpr std::ptrdiff_t most = 8;
        std::string loop;
        for (auto at = seen; at != chain_.visited.end(); ++at) {
            if (at - seen == most) {
                loop += "... -> ";
                break;
            }
            loop += detail::in_quotes(*at, 64) + " -> ";
        }
        profile.fail("the profiles form a loop: " + loop + detail::in_quotes(profile.name()));
    }

    // Adds the role or the base that a profile configures. Returns the name of the next profile, or
    // an empty string after the base.
    std::string source_of(const profile_ref& profile) {
        if (chain_.visited.size() > 1) {
            if (auto keys = read_static_keys(profile)) {
                set_base(profile, *std::move(keys));
                return {};
            }
        }
        if (!assumes_role(profile)) {
            set_base(profile, read_chain_base(profile));
            return {};
        }
        check_one_source(profile);
        chain_.roles.push_back(read_role(profile));
        std::string source = profile.get("source_profile");
        if (source.empty() || source == profile.name()) {
            set_base(profile, read_chain_base(profile));
            return {};
        }
        return source;
    }

    void set_base(const profile_ref& profile, chain_base base) {
        if (std::holds_alternative<std::monostate>(base)) {
            check_may_be_empty(profile);
        }
        chain_.base = std::move(base);
        chain_.base_profile = profile.name();
    }

    void check_may_be_empty(const profile_ref& profile) const {
        if (!chain_.roles.empty()) {
            profile.fail("it is the source_profile of " +
                         detail::in_quotes(chain_.roles.back().profile) +
                         " but holds no credentials; expected aws_access_key_id and "
                         "aws_secret_access_key, or another source of credentials");
        }
        if (profile.has("source_profile")) {
            profile.fail("source_profile needs role_arn, which is missing in " +
                         files_.credentials_path + " and " + files_.config_path);
        }
    }

    const shared_files& files_;
    profile_chain chain_;
};

}  // namespace

profile_chain resolve_profile_chain(const shared_files& files, const std::string& profile) {
    return chain_builder(files).build(profile);
}

}  // namespace dsql::aws
