// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/export.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace dsql {

/// A set of AWS credentials. `session_token` is empty for long-lived keys.
struct credentials {
    std::string access_key_id{};
    std::string secret_access_key{};
    std::string session_token{};
    /// When they stop being valid, by the wall clock; none: they do not expire.
    std::optional<std::chrono::system_clock::time_point> expiration{};
};

/// A source of credentials. Derive from it for a vault of your own, or give a callable to
/// `make_credentials_provider`.
///
/// `get` is called whenever a new token has to be signed, from any thread and possibly from several
/// at once; it may block. It returns current credentials or throws; what it throws reaches the
/// caller unchanged.
class DSQL_EXPORT credentials_provider {
public:
    credentials_provider() = default;
    credentials_provider(const credentials_provider&) = delete;
    credentials_provider& operator=(const credentials_provider&) = delete;
    virtual ~credentials_provider();

    [[nodiscard]] virtual credentials get() = 0;
};

/// A provider that calls `function`, which must be safe to call from several threads at once.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> make_credentials_provider(
    std::function<credentials()> function);

/// A provider that always returns `fixed`.
/// Throws `credentials_error` when either key is empty.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> static_credentials(
    credentials fixed);

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if set, `AWS_SESSION_TOKEN`, read at each
/// call. `get` throws `credentials_error` when one of the two keys is missing or blank.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> environment_credentials();

/// The keys of one profile in the shared credentials and config files (`~/.aws/credentials`,
/// `~/.aws/config`, or what `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` name), read at each
/// call. `profile` empty: `AWS_PROFILE`, else `AWS_DEFAULT_PROFILE`, else "default". `get` throws
/// `credentials_error`, naming the files looked in and the profiles found there.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> profile_credentials(
    std::string profile = {});

/// The provider a config asks for: its `credentials`, else its `profile`, else the environment's
/// keys, else the profile that `AWS_PROFILE` names, else the default profile.
[[nodiscard]] DSQL_EXPORT std::shared_ptr<credentials_provider> credentials_for(
    const config& settings);

}  // namespace dsql
