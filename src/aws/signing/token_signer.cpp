// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/token_signer.hpp"

#include <dsql/error.hpp>

#include "aws/signing/presign.hpp"
#include "base/utc_time.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace dsql::aws {

namespace {

using std::chrono::system_clock;

// Limits the life of a token to the remaining life of the credentials, because the server rejects a
// token after its credentials have expired.
std::chrono::seconds clamp_life(std::chrono::seconds wanted, const credentials& keys,
                                system_clock::time_point at) {
    if (!keys.expiration) {
        return wanted;
    }
    // The comparison comes before the subtraction, because the difference of two distant times may
    // overflow.
    const auto left = *keys.expiration <= at
                          ? std::chrono::seconds(0)
                          : std::chrono::floor<std::chrono::seconds>(*keys.expiration - at);
    if (left < std::chrono::seconds(1)) {
        throw credentials_error("credentials: they expired at " +
                                std::string(detail::amz_date(*keys.expiration).time()) +
                                ", it is " + std::string(detail::amz_date(at).time()));
    }
    return std::min(wanted, left);
}

void check_complete(const credentials& keys) {
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
        throw credentials_error(
            std::string("credentials: the ") +
            (keys.access_key_id.empty() ? "access key id" : "secret access key") + " is empty");
    }
    // A line break usually comes from the end of a file. AWS keys never contain one. Two searches
    // are faster than find_first_of, which looks at each character by itself.
    for (const auto& [text, name] :
         {std::pair<std::string_view, const char*>(keys.access_key_id, "access key id"),
          std::pair<std::string_view, const char*>(keys.secret_access_key, "secret access key"),
          std::pair<std::string_view, const char*>(keys.session_token, "session token")}) {
        if (text.find('\n') != std::string_view::npos ||
            text.find('\r') != std::string_view::npos) {
            throw credentials_error(std::string("credentials: the ") + name +
                                    " has a line break in it");
        }
    }
}

}  // namespace

token_signer::token_signer(std::string host, std::string region, bool admin,
                           std::chrono::seconds duration)
    : host_(std::move(host)),
      region_(std::move(region)),
      action_(admin ? "DbConnectAdmin" : "DbConnect"),
      duration_(duration) {}

detail::hmac_sha256_key token_signer::signing_key(const secret_string& secret_access_key,
                                                  std::string_view day) {
    const std::lock_guard lock(mutex_);
    if (!key_ || key_->day != day || key_->secret_access_key != secret_access_key) {
        key_ = cached_key{secret_access_key, std::string(day),
                          derive_signing_key(secret_access_key, day, region_, "dsql")};
    }
    return key_->key;
}

signed_token token_signer::sign(const credentials& keys, system_clock::time_point at) {
    check_complete(keys);
    const std::chrono::seconds life = clamp_life(duration_, keys, at);
    const detail::amz_date date(at);
    const token_claims claims{.host = host_,
                              .region = region_,
                              .action = action_,
                              .access_key_id = keys.access_key_id,
                              .session_token = keys.session_token,
                              .expires = life};
    return {presign_token(claims, date, signing_key(keys.secret_access_key, date.day())), life};
}

}  // namespace dsql::aws
