// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include <optional>
#include <string>
#include <variant>

namespace dsql::aws {

class profile_ref;

/// Keys in a profile: `aws_access_key_id`, `aws_secret_access_key` and, if set,
/// `aws_session_token`.
struct static_keys {
    credentials keys{};
};

/// The possible values of `credential_source`.
enum class named_source { environment, ec2_instance_metadata, ecs_container };

/// A web identity: `web_identity_token_file` and its `role_arn`. As in the AWS SDKs, the profile's
/// `duration_seconds` does not apply to it.
struct web_identity_base {
    std::string role_arn{};
    std::string token_file{};
    /// `role_session_name`; empty when not set.
    std::string session_name{};
};

/// A role in IAM Identity Center ("SSO"). `session_name` is empty for a profile that has no
/// `sso_session` but sets `sso_start_url` itself.
struct sso_base {
    std::string session_name{};
    std::string start_url{};
    std::string region{};
    std::string account_id{};
    std::string role_name{};
};

/// A session of `aws login`. `login_session` is the ARN of the user or role that logged in.
struct login_base {
    std::string login_session{};
};

/// A `credential_process`: a command line for the shell. It may hold secrets.
struct process_base {
    std::string command{};
    std::string account_id{};  ///< used when the command does not return one; may be empty
};

/// The source of the first credentials of a chain. `std::monostate` means that the profile
/// configures no credentials.
using chain_base = std::variant<std::monostate, static_keys, named_source, web_identity_base,
                                sso_base, login_base, process_base>;

/// Returns the keys in a profile, or nothing when it sets none of the three. Throws
/// `credentials_error`, which names the missing key, when the profile sets only a part.
[[nodiscard]] std::optional<static_keys> read_static_keys(const profile_ref& profile);

/// Returns the source of credentials that a profile itself configures, apart from a role to assume
/// with them. It is the first of web identity, keys, `credential_source`, SSO, `login_session` and
/// `credential_process`. This is the order of the AWS SDK for Go v2, with one exception: the AWS
/// SDKs disagree about a profile with both a web identity and keys, and here the web identity wins,
/// because a configured role must not be ignored. Throws `credentials_error` when the configuration
/// of that source is incomplete.
[[nodiscard]] chain_base read_chain_base(const profile_ref& profile);

}  // namespace dsql::aws
