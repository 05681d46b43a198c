// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/profile/profile_source.hpp"

#include "aws/http/client_settings.hpp"
#include "aws/providers/profile/profile_base.hpp"
#include "aws/providers/sts/assume_role_source.hpp"
#include "aws/shared_files/profile_chain.hpp"
#include "aws/shared_files/shared_files.hpp"
#include "base/text.hpp"

#include <memory>
#include <variant>

namespace dsql::aws {

namespace {

std::string files_looked_in(const shared_files& files) {
    return files.credentials_path + " and " + files.config_path;
}

assume_role_request request_for(const role_step& role) {
    return {.role_arn = role.role_arn,
            .role_session_name = role.role_session_name,
            .external_id = role.external_id,
            .duration = role.duration,
            .mfa_serial = role.mfa_serial};
}

// Returns a description of a chain for messages, for example: role "arn:..." with profile "b" (keys
// in the shared files).
std::string describe(const profile_chain& chain) {
    std::string text = describe_base(chain);
    for (const role_step& role : chain.roles) {
        text.insert(0, "role " + detail::in_quotes(role.role_arn) + " with ");
    }
    return text;
}

// Fetches the credentials of the base. A profile whose base is not configured, such as
// `credential_source = Environment` without keys in the environment, is incomplete. That is an
// error and must not make a `source_chain` try its next source.
fetched_credentials fetch_base(const profile_chain& chain, const profile_surroundings& surroundings,
                               const fetch_context& context) {
    try {
        const std::unique_ptr<credentials_source> source = make_base_source(chain, surroundings);
        context.begin(source->name());
        return source->fetch(context);
    } catch (const source_not_configured& missing) {
        throw credentials_error(describe_base(chain) + ": " + missing.what());
    }
}

// Removes the profile's name from the beginning of a message, because the caller adds the name too.
std::string without_prefix(const std::string& message, const std::string& name) {
    return message.starts_with(name + ": ") ? message.substr(name.size() + 2) : message;
}

}  // namespace

std::string profile_source::name() const {
    return "profile " + detail::in_quotes(selected());
}

std::string profile_source::selected() const {
    return profile_.empty() ? selected_profile() : profile_;
}

fetched_credentials profile_source::fetch(const fetch_context& context) {
    try {
        return fetch_profile(context);
    } catch (const source_not_configured&) {
        throw;
    } catch (const unrecoverable_credentials_error& failure) {
        throw unrecoverable_credentials_error(without_prefix(failure.what(), name()));
    } catch (const credentials_error& failure) {
        throw credentials_error(without_prefix(failure.what(), name()));
    }
}

fetched_credentials profile_source::fetch_profile(const fetch_context& context) {
    context.begin(name() + " in the shared files");  // one of which may be a pipe that blocks
    const shared_files files = load_shared_files(context.stop);
    const std::string profile = selected();
    if (profile_.empty() && !named_profile() && !files.profiles.contains(profile)) {
        throw source_not_configured("not in " + files_looked_in(files));
    }
    const profile_chain chain = resolve_profile_chain(files, profile);
    if (chain.roles.empty() && std::holds_alternative<std::monostate>(chain.base)) {
        throw source_not_configured("nothing about credentials is in it (looked in " +
                                    files_looked_in(files) + ")");
    }
    const profile_surroundings surroundings{files, profile, options_, sso_states_};
    fetched_credentials fetched = fetch_base(chain, surroundings, context);
    const std::string remark = fetched.description.empty() ? "" : "; " + fetched.description;
    const client_settings client = chain.roles.empty() ? client_settings() : surroundings.client();
    for (const role_step& role : chain.roles) {
        assume_role_source source([keys = fetched.keys](const fetch_context&) { return keys; },
                                  request_for(role), client, mfa_code_);
        fetched = source.fetch(context);
    }
    fetched.description = describe(chain) + remark;
    return fetched;
}

}  // namespace dsql::aws
