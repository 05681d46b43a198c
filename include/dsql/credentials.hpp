// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/export.hpp>
#include <dsql/secret_string.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dsql {

/// A set of AWS credentials. `session_token` is empty for long-lived keys. The secret parts are
/// overwritten in memory when they are no longer needed; see `secret_string`.
struct credentials {
    /// Public part of the key pair.
    std::string access_key_id{};
    /// Secret part of the key pair.
    secret_string secret_access_key{};
    /// Secret; of temporary credentials only.
    secret_string session_token{};
    /// When they stop being valid, by the wall clock; none: they do not expire.
    std::optional<std::chrono::system_clock::time_point> expiration{};
    /// The AWS account that they belong to, 12 digits; empty where the source does not tell.
    /// Nothing is signed with it.
    std::string account_id{};
};

/// A source of credentials. Derive from it for a vault of your own, or give a callable to
/// `make_credentials_provider`.
///
/// `get` is called whenever a new token has to be signed, from any thread and possibly from several
/// at once; it may block. It returns current credentials or throws; what it throws reaches the
/// caller unchanged.
///
/// A `get` of the program's own cannot be interrupted. When those who wait for it have given up (a
/// deadline or a stop, a pool that was closed), it is left to finish on a thread of its own, which
/// keeps the provider alive until then; nobody waits for that thread, and what it brings is thrown
/// away unless somebody has asked again meanwhile. So `get` must use nothing that the provider does
/// not own or share: no reference to an object of the program that may be destroyed earlier, and,
/// where it may still be at work when the program ends, no object that its exit destroys. A `get`
/// with a time-out of its own is the surest way.
class DSQL_EXPORT credentials_provider {
public:
    credentials_provider() = default;
    credentials_provider(const credentials_provider&) = delete;
    credentials_provider& operator=(const credentials_provider&) = delete;
    virtual ~credentials_provider();

    /// Current credentials; see above.
    [[nodiscard]] virtual credentials get() = 0;

    /// A service has refused the credentials with this access key id as expired or invalid: the
    /// next `get` should ask the source anew. A hint that may be ignored, which is what this
    /// implementation does. Safe from any thread.
    virtual void invalidate(const std::string& access_key_id) noexcept;
};

/// A provider that calls `function`, which must be safe to call from several threads at once.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> make_credentials_provider(
    std::function<credentials()> function);

/// A provider that always returns `fixed`.
/// Throws `credentials_error` when either key is empty.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> static_credentials(
    const credentials& fixed);

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if set, `AWS_SESSION_TOKEN`,
/// `AWS_ACCOUNT_ID` and `AWS_CREDENTIAL_EXPIRATION` (such as 2026-01-02T03:04:05Z), read at each
/// call. `get` throws `credentials_error` when one of the two keys is missing or blank, and when
/// the expiration is not of that form or has passed.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> environment_credentials();

/// Returns the six digits that an MFA device shows; its argument is the device's serial number or
/// ARN. Called when a role asks for a code, from the thread that asks for credentials or from
/// another; it may block, and what it throws reaches the caller. When those who wait for it have
/// given up, it is left to finish on a thread that nobody waits for; see `credentials_provider`.
using mfa_code_function = std::function<std::string(const std::string& mfa_serial)>;

/// How to use a profile.
struct profile_options {
    /// Region of the AWS services asked on the way (STS, IAM Identity Center). Empty: `AWS_REGION`,
    /// `AWS_DEFAULT_REGION`, else the profile's `region`.
    std::string region{};
    /// Needed for profiles with `mfa_serial`.
    mfa_code_function mfa_code{};
    /// Whether a `credential_process` may ask the person at the terminal.
    /// @see config::interactive
    bool interactive = false;
};

/// The credentials of one profile in the shared config and credentials files (`~/.aws/config`,
/// `~/.aws/credentials`, or what `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name), by
/// whatever it holds: keys, `role_arn` with `source_profile`, `credential_source` or
/// `web_identity_token_file`, `sso_session` and its older form, `login_session`,
/// `credential_process`. `profile` empty: `AWS_PROFILE`, else `AWS_DEFAULT_PROFILE`, else
/// "default".
///
/// Keys in a file are read at each call; credentials with an expiration are kept and renewed ahead
/// of it, see `credentials_for`. `get` throws `credentials_error`, naming file and line of what is
/// malformed, the files looked in, and the profiles found there.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> profile_credentials(
    const std::string& profile = {}, const profile_options& options = {});

/// How to assume a role. Source: AWS STS API Reference, "AssumeRole".
struct assume_role_options {
    /// 2 to 64 of `A-Za-z0-9_+=,.@-`; empty: one is made up at each call.
    std::string role_session_name{};
    /// How long the role's credentials live: 15 minutes to the role's maximum session duration.
    std::chrono::seconds duration{900};
    /// What the role's trust policy asks for, if anything.
    std::string external_id{};
    /// An inline session policy (JSON) that narrows the role's rights.
    std::string policy{};
    /// ARNs of managed session policies, likewise.
    std::vector<std::string> policy_arns{};
    /// Who is behind the session, for CloudTrail; goes on to roles assumed from this one.
    std::string source_identity{};
    /// Session tags: keys and values.
    std::vector<std::pair<std::string, std::string>> tags{};
    /// The keys of those that go on to roles assumed from this one.
    std::vector<std::string> transitive_tag_keys{};
    /// Serial number or ARN of an MFA device.
    std::string mfa_serial{};
    /// Needed with `mfa_serial`.
    mfa_code_function mfa_code{};
    /// Region of the STS endpoint; empty: as in `profile_options`.
    std::string region{};
    /// Credentials to assume the role with; null: the default chain.
    std::shared_ptr<credentials_provider> source{};
};

/// The credentials of a role that AWS STS hands out for those of `options.source`; kept, and
/// renewed ahead of their end. Endpoint, proxy, CA bundle and attempts are set as for the AWS SDKs
/// (`AWS_ENDPOINT_URL_STS`, `https_proxy`, `AWS_CA_BUNDLE`, `AWS_MAX_ATTEMPTS`, ...).
/// Throws `config_error` for options that cannot be used; `get` throws `credentials_error`.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> assume_role_credentials(
    std::string role_arn, assume_role_options options = {});

/// The provider a config asks for: its `credentials`, else its `profile`, else the default chain:
///
/// 1. the environment's keys;
/// 2. the web identity that `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN` name;
/// 3. the profile that `AWS_PROFILE` or `AWS_DEFAULT_PROFILE` names, else "default";
/// 4. the container endpoint (ECS, EKS Pod Identity, SnapStart);
/// 5. EC2 instance metadata.
///
/// The first source that is configured decides; when it fails, that is the answer, never a silent
/// step to the next. The choice is made anew at each renewal.
///
/// Credentials with an expiration are kept. In an advisory window before their end (5 minutes for a
/// life of up to 20, 15 minutes up to 90, else an hour) a thread renews them while callers go on
/// with those that are there; in the last minute callers wait for the renewal. One that fails
/// leaves the old ones in use, and the source is left alone for 5 to 10 minutes; where only a
/// person can help (access denied, an expired login), the error is thrown at once.
///
/// Credentials of a service (roles, web identity, SSO, `aws login`, container endpoint, EC2
/// metadata) stay in use after their expiration while they cannot be renewed, and so do those that
/// a container endpoint or EC2 metadata returns expired. They are returned with an expiration 10 to
/// 15 minutes after the failed renewal, and `observer::credentials_refresh_failed` is told when a
/// token is signed with them. Those of a `credential_process` do not: after their expiration a
/// failure to renew them is thrown.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> credentials_for(
    const config& settings);

/// What became of asking a source for credentials.
enum class credentials_outcome {
    declined,  ///< it is not configured: the next one was asked
    failed,    ///< it is configured and failed: nobody else was asked
    provided   ///< it provided the credentials
};

/// One source that was asked for credentials.
struct credentials_attempt {
    std::string source{};  ///< for example "environment" or "profile \"dev\""
    /// What became of it.
    credentials_outcome outcome = credentials_outcome::declined;
    std::string detail{};  ///< how it came by them, or why not; no secrets
};

/// Asks the source that `credentials_for` would ask, once and without keeping anything. `attempts`,
/// if given, is replaced by the sources in the order in which they were asked, also when this
/// throws. Throws `credentials_error`. Expired credentials are used where `credentials_for` uses
/// the first ones so, and the observer of `settings` is told.
///
/// `limits` bound the wait: when one strikes, what was started is ended, but for a provider of the
/// program's own, which is left to finish by itself. Then `timeout_error` or `cancelled_error` is
/// thrown, which names what was waited for.
[[nodiscard]] DSQL_EXPORT credentials
fetch_credentials(const config& settings, std::vector<credentials_attempt>* attempts = nullptr,
                  const call_limits& limits = {});

}  // namespace dsql
