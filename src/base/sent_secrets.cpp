// SPDX-License-Identifier: Apache-2.0
#include "base/sent_secrets.hpp"

#include "base/fork_guard.hpp"
#include "base/secret_fingerprint.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace dsql::detail {

namespace {

// A process knows few tokens at a time: one for each identity.
constexpr std::size_t most = 64;

class sent_secrets {
public:
    void note(std::string_view password) {
        secret_fingerprint fresh = secret_fingerprint::lasting(secret_parts(password));
        const std::lock_guard lock(mutex_);
        if (std::find(sent_.begin(), sent_.end(), fresh) != sent_.end()) {
            return;
        }
        secret_fingerprint all = *all_;
        const bool is_full = sent_.size() == most;
        if (is_full) {
            all.remove(sent_.front());
        }
        all.add(fresh);
        auto shared = std::make_shared<const secret_fingerprint>(std::move(all));
        sent_.push_back(std::move(fresh));
        if (is_full) {
            sent_.pop_front();
        }
        all_ = std::move(shared);
    }

    [[nodiscard]] std::shared_ptr<const secret_fingerprint> all() {
        const std::lock_guard lock(mutex_);
        return all_;
    }

private:
    fork_safe_mutex mutex_{};
    std::deque<secret_fingerprint> sent_{};  // in the order in which they were first sent
    std::shared_ptr<const secret_fingerprint> all_ = std::make_shared<secret_fingerprint>();
};

// Global, because the texts come from where nothing leads to the login: libpq's results know no
// connection. Never destroyed, because objects with static lifetime may connect in their
// destructors.
sent_secrets& of_process() {
    const fork_gate no_fork;  // while the variable below is initialized
    static auto* const one = new sent_secrets();
    return *one;
}

}  // namespace

void note_sent_secret(std::string_view password) {
    of_process().note(password);
}

std::string without_sent_secrets(std::string_view text) {
    return of_process().all()->redact(text, redacted_token);
}

}  // namespace dsql::detail
