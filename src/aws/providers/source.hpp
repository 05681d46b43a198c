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

namespace dsql::detail {

/// What a fetch is waiting for at the moment, for the message of whoever gives up. Safe from any
/// thread.
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
    mutable fork_safe_mutex mutex_;  // a provider is used on in a child
    std::string what_;               // guarded by mutex_
};

/// What a source is given for one fetch.
struct fetch_context {
    /// Ends the fetch early: nobody waits for it any more, or the provider is being destroyed.
    std::stop_token stop{};
    /// Waits between two attempts. Tests put their own here.
    pause_function pause = &interruptible_pause;
    /// If not null, filled with the sources asked, in order.
    std::vector<credentials_attempt>* attempts = nullptr;
    /// If not null, told what the fetch is about to wait for.
    activity* doing = nullptr;

    /// The fetch is about to ask this.
    void begin(const std::string& what) const {
        if (doing != nullptr) {
            doing->set(what);
        }
    }
};

/// May credentials be handed out again?
enum class reuse {
    never,             ///< cheap to read again, and may change at any time: environment, files
    until_expiration,  ///< until shortly before they expire; without an expiration, for good
};

/// What credentials are good for after their expiration, while the source has no newer ones. AWS
/// calls it static stability: an outage of the service that renews them must not stop those who use
/// them, and the service that they are for decides in the end. The kinds are those of the AWS SDK
/// for Go v2 (aws/credential_cache.go, inScopeSources; credentials/ec2rolecreds).
enum class after_expiration {
    refused,         ///< nothing: commands, keys in files and in the environment
    kept,            ///< they stay in use when a renewal fails: roles, web identities, SSO, logins
    kept_and_taken,  ///< and the first ones are used even if the source serves them expired: the
                     ///< metadata service, container endpoints
};

/// Credentials fresh from a source.
struct fetched_credentials {
    credentials keys{};
    reuse kept = reuse::until_expiration;
    after_expiration expired_use = after_expiration::kept;
    /// How the source came by them, for people: "role arn:... with profile \"a\"". May be empty.
    std::string description{};
    /// The source of a chain that answered; empty: there was no chain.
    std::string source{};
};

/// A place that credentials come from; it keeps none. `fetch` may be called from any thread,
/// one at a time. It ends within milliseconds when it is told to stop, whatever it throws then.
class credentials_source {
public:
    credentials_source() = default;
    credentials_source(const credentials_source&) = delete;
    credentials_source& operator=(const credentials_source&) = delete;
    virtual ~credentials_source() = default;

    /// For messages, for example "container endpoint".
    [[nodiscard]] virtual std::string name() const = 0;

    /// Asks the source. Throws `source_not_configured`, or `credentials_error` when there is no use
    /// in it now but may be later, `unrecoverable_credentials_error` when only a person can help.
    /// The message does not repeat `name()`.
    [[nodiscard]] virtual fetched_credentials fetch(const fetch_context& context) = 0;
};

/// A failure that another attempt cannot mend: access denied, a login that has expired. It reaches
/// the caller at once, even while credentials are cached.
class unrecoverable_credentials_error : public credentials_error {
public:
    using credentials_error::credentials_error;
};

/// A service refused the credentials that a request was signed with as expired: whoever keeps them
/// should fetch them anew.
class rejected_credentials_error : public credentials_error {
public:
    rejected_credentials_error(const std::string& what, std::string access_key_id)
        : credentials_error(what), access_key_id_(std::move(access_key_id)) {}
    [[nodiscard]] const std::string& access_key_id() const noexcept { return access_key_id_; }

private:
    std::string access_key_id_;
};

/// The source has nothing to go by: no variable, no profile. The next one may be asked.
class source_not_configured : public credentials_error {
public:
    using credentials_error::credentials_error;
};

}  // namespace dsql::detail
