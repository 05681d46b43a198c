// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/sso_token.hpp"

#include "aws/json.hpp"
#include "aws/providers/login/cache_file.hpp"
#include "aws/providers/login/login_token.hpp"
#include "aws/providers/rest_json_call.hpp"
#include "aws/providers/source.hpp"
#include "base/digest.hpp"
#include "base/environment.hpp"
#include "base/utc_time.hpp"

#include <utility>

namespace dsql::aws {

std::string sso_token_path(std::string_view name_or_url) {
    const std::string home = detail::home_directory();
    if (home.empty()) {
        throw credentials_error(
            "HOME is not set, and the account has no home directory: ~/.aws/sso/cache cannot be "
            "found");
    }
    return home + "/.aws/sso/cache/" + detail::sha1_hex(name_or_url) + ".json";
}

sso_token read_sso_token(const std::string& path, std::string_view remedy) {
    sso_token token;
    token.document = read_cache_file(path, remedy);
    const secret_json& file = token.document;
    const auto expires_at = detail::parse_utc_time(text_member(file, "expiresAt"));
    token.access_token = text_member(file, "accessToken");
    if (token.access_token.empty() || !expires_at) {
        const std::string member = token.access_token.empty() ? "accessToken" : "expiresAt";
        throw unrecoverable_credentials_error(path + ": " + member + " is missing or malformed; " +
                                              std::string(remedy));
    }
    token.expires_at = *expires_at;
    token.client_id = text_member(file, "clientId");
    token.client_secret = text_member(file, "clientSecret");
    token.refresh_token = text_member(file, "refreshToken");
    token.registration_expires_at =
        detail::parse_utc_time(text_member(file, "registrationExpiresAt"));
    return token;
}

namespace {

constexpr std::chrono::minutes token_refresh_ahead(5);
constexpr std::chrono::seconds refresh_pause(30);

secret_string create_token_body(const sso_token& token) {
    const secret_json body{{"clientId", token.client_id},
                           {"clientSecret", std::string_view(token.client_secret)},
                           {"grantType", "refresh_token"},
                           {"refreshToken", std::string_view(token.refresh_token)}};
    return body.dump();
}

// Copies the new token from the service's response into the token and its document.
void apply_response(sso_token& token, const http_response& response,
                    std::chrono::system_clock::time_point now) {
    const secret_json body = parse_json_object(response.body);
    const std::string_view access_token = text_member(body, "accessToken");
    const auto lifetime = read_lifetime(body);
    if (access_token.empty() || !lifetime) {
        throw credentials_error(
            "the SSO OIDC service's answer lacks a usable accessToken or expiresIn");
    }
    token.access_token = access_token;
    token.expires_at = now + *lifetime;
    secret_json& file = token.document;
    set_text_member(file, "accessToken", token.access_token);
    set_text_member(file, "expiresAt", detail::format_utc_time(token.expires_at));
    if (const std::string_view next = text_member(body, "refreshToken"); !next.empty()) {
        token.refresh_token = next;
        set_text_member(file, "refreshToken", token.refresh_token);
    }
}

}  // namespace

std::string sso_remedy(const sso_settings& settings) {
    return settings.profile.empty()
               ? run_command("aws sso login", "--sso-session", settings.session_name)
               : run_command("aws sso login", "--profile", settings.profile);
}

sso_token_provider::sso_token_provider(sso_settings settings, client_settings client,
                                       detail::wall_clock clock,
                                       std::shared_ptr<sso_refresh_state> state)
    : settings_(std::move(settings)),
      client_(std::move(client)),
      clock_(std::move(clock)),
      state_(std::move(state)) {}

sso_token sso_token_provider::get(const fetch_context& context) {
    const std::string remedy = sso_remedy(settings_);
    const bool is_legacy = settings_.session_name.empty();
    const std::string path =
        sso_token_path(is_legacy ? settings_.start_url : settings_.session_name);
    sso_token token = read_sso_token(path, remedy);
    if (token.expires_at - clock_() > token_refresh_ahead) {
        return token;
    }
    // A refresh uses up the refresh token. If the new one cannot be written to the file, the login
    // is lost. In that case, a refresh waits until it is necessary.
    const bool is_good = token.expires_at > clock_();
    if (is_good && !can_write_cache_file(path)) {
        return token;
    }
    std::string reason = obstacle(token);
    if (reason.empty()) {
        reason = try_refresh(path, token, context);
    }
    if (token.expires_at <= clock_()) {
        throw unrecoverable_credentials_error("the SSO token in " + path + " expired at " +
                                              detail::format_utc_time(token.expires_at) + ": " +
                                              reason + "; " + remedy);
    }
    return token;
}

std::string sso_token_provider::obstacle(const sso_token& token) const {
    if (settings_.session_name.empty()) {
        return "a token without an sso-session cannot be refreshed";
    }
    if (token.client_id.empty() || token.client_secret.empty() || token.refresh_token.empty()) {
        return "it cannot be refreshed without clientId, clientSecret and refreshToken";
    }
    const auto now = clock_();
    if (!token.registration_expires_at || *token.registration_expires_at <= now) {
        return "it cannot be refreshed, because the client's registration has expired";
    }
    // The comparison with the last attempt keeps a clock that was set back from preventing
    // refreshes.
    if (state_->last_attempt && now >= *state_->last_attempt &&
        now - *state_->last_attempt < refresh_pause) {
        return "a refresh was tried less than 30 seconds ago" +
               (state_->last_failure.empty() ? std::string() : ": " + state_->last_failure);
    }
    return {};
}

std::string sso_token_provider::try_refresh(const std::string& path, sso_token& token,
                                            const fetch_context& context) {
    state_->last_attempt = clock_();
    state_->last_failure.clear();
    try {
        refresh(token, context);
    } catch (const credentials_error& failure) {
        state_->last_failure = failure.what();
        if (context.stop.stop_requested()) {
            // The refresh was stopped because no caller waits any longer. The next call may try
            // again at once.
            state_->last_attempt.reset();
            return state_->last_failure;
        }
        // Another program may have refreshed the token in the meantime and used up the refresh
        // token.
        sso_token latest = read_sso_token(path, sso_remedy(settings_));
        if (latest.expires_at > token.expires_at) {
            token = std::move(latest);
        }
        return state_->last_failure;
    }
    remark_.clear();
    try {
        write_cache_file(path, token.document);
    } catch (const credentials_error& failure) {  // the new token is valid nevertheless
        remark_ = std::string("the refreshed SSO token is lost: ") + failure.what();
    }
    return {};
}

void sso_token_provider::refresh(sso_token& token, const fetch_context& context) const {
    check_region(settings_.region, "sso_region");
    service_request request;
    request.service = "the SSO OIDC service";
    request.http = {.method = "POST",
                    .url = service_url(client_, aws_service::sso_oidc, settings_.region) + "/token",
                    .headers = {{"Content-Type", "application/json"}},
                    .body = create_token_body(token),
                    .timeout = settings_.request_timeout};
    const http_response response = call_service(request, client_, context);
    if (response.status != 200) {
        throw credentials_error(describe_error(
            request, response, {token.client_id, token.client_secret, token.refresh_token}));
    }
    apply_response(token, response, clock_());
}

}  // namespace dsql::aws
