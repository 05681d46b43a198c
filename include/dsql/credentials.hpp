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
    /// The session token, which is secret. Only temporary credentials have one.
    secret_string session_token{};
    /// When they expire, by the wall clock. None: they do not expire.
    std::optional<std::chrono::system_clock::time_point> expiration{};
    /// The AWS account that they belong to, 12 digits; empty if the source does not supply it. It
    /// is not used for signing.
    std::string account_id{};
};

/// A source of credentials. Derive from it for a vault of your own, or give a callable to
/// `make_credentials_provider`.
///
/// `get` is called whenever a new token has to be signed, from any thread and possibly from several
/// at once; it may block. It returns current credentials or throws; what it throws reaches the
/// caller unchanged.
///
/// A `get` that the program implements cannot be interrupted. When all its callers have given up
/// (at a deadline, at a stop, or because a pool was closed), it finishes on a separate thread,
/// which keeps the provider alive until then. Nothing waits for that thread, and its result is
/// discarded unless another caller has asked in the meantime. So `get` must use only what the
/// provider owns or shares. It must not refer to an object that may be destroyed earlier. If it may
/// still run when the program ends, it must not use objects that are destroyed at exit. The safest
/// `get` has a time-out of its own.
class DSQL_EXPORT credentials_provider {
public:
    credentials_provider() = default;
    credentials_provider(const credentials_provider&) = delete;
    credentials_provider& operator=(const credentials_provider&) = delete;
    virtual ~credentials_provider();

    /// Current credentials; see above.
    [[nodiscard]] virtual credentials get() = 0;

    /// Tells the provider that a service has rejected the credentials with this access key id as
    /// expired or invalid, so that the next `get` fetches new ones. A provider may ignore this
    /// hint, as this implementation does. Safe from any thread.
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
/// another; it may block, and what it throws reaches the caller. When all callers have given up, it
/// finishes on a separate thread; see `credentials_provider`.
using mfa_code_function = std::function<std::string(const std::string& mfa_serial)>;

/// How to use a profile.
struct profile_options {
    /// Region of the AWS services that are used (STS, IAM Identity Center). Empty: `AWS_REGION`,
    /// `AWS_DEFAULT_REGION`, else the profile's `region`.
    std::string region{};
    /// Needed for profiles with `mfa_serial`.
    mfa_code_function mfa_code{};
    /// Whether a `credential_process` may ask the person at the terminal.
    /// @see config::interactive
    bool interactive = false;
};

/// The credentials of one profile in the shared config and credentials files (`~/.aws/config`,
/// `~/.aws/credentials`, or what `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name), from
/// whatever it configures: keys, `role_arn` with `source_profile`, `credential_source` or
/// `web_identity_token_file`, `sso_session` and its older form, `login_session`,
/// `credential_process`. `profile` empty: `AWS_PROFILE`, else `AWS_DEFAULT_PROFILE`, else
/// "default".
///
/// Keys in a file are read at each call; credentials with an expiration are cached and renewed
/// before it, see `credentials_for`. `get` throws `credentials_error`, which names the file and
/// line of a malformed setting, the files that were read, and the profiles in them.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> profile_credentials(
    const std::string& profile = {}, const profile_options& options = {});

/// How to assume a role. Source: AWS STS API Reference, "AssumeRole".
struct assume_role_options {
    /// 2 to 64 of `A-Za-z0-9_+=,.@-`; empty: a new name is generated at each call.
    std::string role_session_name{};
    /// How long the role's credentials live: 15 minutes to the role's maximum session duration.
    std::chrono::seconds duration{900};
    /// The external ID that the role's trust policy requires, if any.
    std::string external_id{};
    /// An inline session policy (JSON) that narrows the role's rights.
    std::string policy{};
    /// ARNs of managed session policies, which narrow the role's rights too.
    std::vector<std::string> policy_arns{};
    /// The source identity, which CloudTrail records. Roles assumed from this one inherit it.
    std::string source_identity{};
    /// Session tags: keys and values.
    std::vector<std::pair<std::string, std::string>> tags{};
    /// The keys of the session tags that roles assumed from this one inherit.
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

/// The credentials of a role, which AWS STS returns for the credentials of `options.source`. They
/// are cached and renewed before they expire. Endpoint, proxy, CA bundle and attempts are
/// configured as for the AWS SDKs (`AWS_ENDPOINT_URL_STS`, `https_proxy`, `AWS_CA_BUNDLE`,
/// `AWS_MAX_ATTEMPTS`, ...). Throws `config_error` for invalid options; `get` throws
/// `credentials_error`.
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
/// The first configured source is used. If it fails, its error is thrown, and no further source is
/// tried. The source is chosen again at each renewal.
///
/// Credentials with an expiration are cached. In an advisory window before their expiration, a
/// thread renews them while callers get the cached ones; in the last minute, callers wait for the
/// renewal. The window is 5 minutes for credentials that live up to 20 minutes, 15 minutes for up
/// to 90 minutes, and otherwise an hour. If a renewal fails, the cached credentials stay in use,
/// and the source is not contacted for 5 to 10 minutes. An error that only the user can resolve
/// (access denied, an expired login) is thrown at once.
///
/// Credentials of a service (roles, web identity, SSO, `aws login`, container endpoint, EC2
/// metadata) stay in use after their expiration while they cannot be renewed, and so do those that
/// a container endpoint or EC2 metadata returns expired. They are returned with an expiration 10 to
/// 15 minutes after the failed renewal, and `observer::credentials_refresh_failed` is called when a
/// token is signed with them. Credentials of a `credential_process` do not stay in use: if they
/// have expired and cannot be renewed, the error is thrown.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> credentials_for(
    const config& settings);

/// The outcome of asking a source for credentials.
enum class credentials_outcome {
    declined,  ///< it is not configured: the next one was asked
    failed,    ///< it is configured and failed: no other source was asked
    provided   ///< it provided the credentials
};

/// One source that was asked for credentials.
struct credentials_attempt {
    std::string source{};  ///< for example "environment" or "profile \"dev\""
    /// The outcome.
    credentials_outcome outcome = credentials_outcome::declined;
    std::string detail{};  ///< how it got them, or why it did not; contains no secrets
};

/// Fetches credentials once, from the source that `credentials_for` would use, and caches nothing.
/// `attempts`, if given, is set to the sources in the order in which they were asked, even if this
/// throws. Throws `credentials_error`. Expired credentials are returned if `credentials_for` would
/// accept them as the first ones; the observer of `settings` is then notified.
///
/// When one of the `limits` is reached, stops the command or request that was started, and throws
/// `timeout_error` or `cancelled_error`, which names what it was waiting for. A provider of the
/// program itself cannot be stopped and finishes by itself.
[[nodiscard]] DSQL_EXPORT credentials
fetch_credentials(const config& settings, std::vector<credentials_attempt>* attempts = nullptr,
                  const call_limits& limits = {});

}  // namespace dsql
