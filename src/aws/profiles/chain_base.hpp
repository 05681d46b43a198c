// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include <optional>
#include <string>
#include <variant>

namespace dsql::detail {

class profile_ref;

/// `aws_access_key_id`, `aws_secret_access_key` and, if set, `aws_session_token`.
struct static_keys {
    credentials keys{};
};

/// The three values of `credential_source`.
enum class named_source { environment, ec2_instance_metadata, ecs_container };

/// `web_identity_token_file` with its `role_arn`. The profile's `duration_seconds` does not hold
/// for it, as in the SDKs.
struct web_identity_base {
    std::string role_arn{};
    std::string token_file{};
    /// `role_session_name`; empty when not set.
    std::string session_name{};
};

/// IAM Identity Center. `session_name` is empty for a profile with `sso_start_url` of its own.
struct sso_base {
    std::string session_name{};
    std::string start_url{};
    std::string region{};
    std::string account_id{};
    std::string role_name{};
};

/// `login_session`: the ARN that "aws login" was done for.
struct login_base {
    std::string login_session{};
};

/// `credential_process`: a command line for the shell, which may hold secrets.
struct process_base {
    std::string command{};
    std::string account_id{};  ///< for a command that does not tell; may be empty
};

/// Where the first credentials of a chain come from; nothing for a profile that says nothing about
/// credentials.
using chain_base = std::variant<std::monostate, static_keys, named_source, web_identity_base,
                                sso_base, login_base, process_base>;

/// The keys that stand in a profile; none when it has none of the three.
/// Throws `credentials_error` when only some are there, naming the missing one.
[[nodiscard]] std::optional<static_keys> read_static_keys(const profile_ref& profile);

/// What a profile by itself gets credentials from, whatever `role_arn` it has beside it: the first
/// of web identity, keys, `credential_source`, SSO, `login_session`, `credential_process`. That is
/// the order of the AWS SDK for Go v2, but for web identity with keys in one profile: there the
/// SDKs differ, and a role that was asked for is not to be passed over. Throws `credentials_error`
/// when that source is half configured.
[[nodiscard]] chain_base read_chain_base(const profile_ref& profile);

}  // namespace dsql::detail
