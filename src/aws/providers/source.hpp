// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "base/backoff.hpp"
#include "base/fork_guard.hpp"

#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace dsql::aws {

/// Describes what a fetch is waiting for at the moment, for the message of a caller that gives up.
/// Thread-safe.
class activity {
public:
    explicit activity(std::string what) : what_(std::move(what)) {}

    void set(std::string what) {
        const std::lock_guard lock(mutex_);
        what_ = std::move(what);
    }
    [[nodiscard]] std::string get() const {
        const std::lock_guard lock(mutex_);
        return what_;
    }

private:
    mutable detail::fork_safe_mutex
        mutex_;         // fork-safe, because a forked child keeps using the provider
    std::string what_;  // guarded by mutex_
};

/// The parameters of one fetch from a source.
struct fetch_context {
    /// Stops the fetch early, because no caller waits for it any longer or because the provider is
    /// being destroyed.
    std::stop_token stop{};
    /// Waits between two attempts. Tests replace it.
    detail::pause_function pause = &detail::interruptible_pause;
    /// If not null, a `source_chain` adds the sources that it tries, in order, and their outcomes.
    std::vector<credentials_attempt>* attempts = nullptr;
    /// If not null, it is set to what the fetch is about to wait for.
    activity* doing = nullptr;

    /// Records in `doing` what the fetch is about to wait for.
    void begin(const std::string& what) const {
        if (doing != nullptr) {
            doing->set(what);
        }
    }
};

/// Whether credentials may be cached.
enum class reuse {
    /// They must be fetched at each call, because that is cheap and they may change at any time:
    /// environment, files.
    never,
    /// They may be cached until shortly before they expire; forever when they have no expiration.
    until_expiration,
};

/// Whether credentials may be used after their expiration while the source has no newer ones. AWS
/// calls this static stability: an outage of the service that renews credentials should not stop
/// their users, and the service that receives them decides anyway whether they are still valid.
/// Which sources have which kind follows the AWS SDK for Go v2 (aws/credential_cache.go,
/// inScopeSources; credentials/ec2rolecreds).
enum class after_expiration {
    /// They may not be used: commands, keys in files and in the environment.
    refused,
    /// They stay in use when a renewal fails: roles, web identities, SSO, logins.
    kept,
    /// They stay in use when a renewal fails, and the first ones are used even if they have expired
    /// when they are fetched: the metadata service, container endpoints.
    kept_and_taken,
};

/// Credentials from a source, and how they may be used.
struct fetched_credentials {
    credentials keys{};
    reuse kept = reuse::until_expiration;
    after_expiration expired_use = after_expiration::kept;
    /// How the source got them, for messages, for example "role arn:... with profile \"a\"". May be
    /// empty.
    std::string description{};
    /// The name of the source in a `source_chain` that supplied them; empty without a chain.
    std::string source{};
};

/// A source of credentials. It does not cache them. `fetch` may be called from any thread, but not
/// by two threads at the same time. After a stop request it returns or throws within milliseconds;
/// what it throws then has no meaning.
class credentials_source {
public:
    credentials_source() = default;
    credentials_source(const credentials_source&) = delete;
    credentials_source& operator=(const credentials_source&) = delete;
    virtual ~credentials_source() = default;

    /// The name of the source for messages, for example "container endpoint".
    [[nodiscard]] virtual std::string name() const = 0;

    /// Fetches credentials. Throws `source_not_configured` when nothing configures the source,
    /// `unrecoverable_credentials_error` when the user must act first, and any other
    /// `credentials_error` when a later attempt may succeed. The message does not repeat `name()`.
    [[nodiscard]] virtual fetched_credentials fetch(const fetch_context& context) = 0;
};

/// An error that another attempt cannot resolve, such as denied access or an expired login. Callers
/// receive it at once, even while credentials are cached.
class unrecoverable_credentials_error : public credentials_error {
public:
    using credentials_error::credentials_error;
};

/// A service rejected a request because the credentials that signed it have expired. A cache of
/// these credentials should discard them.
class rejected_credentials_error : public credentials_error {
public:
    rejected_credentials_error(const std::string& what, std::string access_key_id)
        : credentials_error(what), access_key_id_(std::move(access_key_id)) {}
    [[nodiscard]] const std::string& access_key_id() const noexcept { return access_key_id_; }

private:
    std::string access_key_id_;
};

/// Nothing configures the source: no variable, no profile. A chain then tries its next source.
class source_not_configured : public credentials_error {
public:
    using credentials_error::credentials_error;
};

}  // namespace dsql::aws
