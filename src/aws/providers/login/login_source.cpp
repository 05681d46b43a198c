// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/login_source.hpp"

#include "aws/json.hpp"
#include "aws/providers/login/cache_file.hpp"
#include "aws/providers/login/dpop.hpp"
#include "aws/providers/login/login_token.hpp"
#include "aws/providers/rest_json_call.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"

#include <utility>

namespace dsql::aws {

namespace {

constexpr std::chrono::minutes refresh_ahead(5);

secret_string create_token_body(const login_token& token) {
    const secret_json body{{"clientId", token.client_id},
                           {"grantType", "refresh_token"},
                           {"refreshToken", std::string_view(token.refresh_token)}};
    return body.dump();
}

// Describes an error that only the user can resolve; empty for any other error.
std::string cause_of(const service_error& error) {
    const std::string code = detail::lower(error.error);
    if (code == "token_expired") {
        return "the login session has expired: ";
    }
    if (code == "user_credentials_changed") {
        return "the password has changed since the login: ";
    }
    if (code == "insufficient_permissions") {
        return "the login may not be renewed, which needs the permission "
               "signin:CreateOAuth2Token: ";
    }
    return {};
}

// Copies the new credentials from the service's response into the token.
void apply_response(login_token& token, const http_response& response,
                    std::chrono::system_clock::time_point now) {
    const secret_json body = parse_json_object(response.body);
    const secret_json* const keys = find_member(body, "accessToken");
    const secret_json none = secret_json::object();
    const secret_json& found = keys == nullptr ? none : *keys;
    const std::string_view id = text_member(found, "accessKeyId");
    const std::string_view secret = text_member(found, "secretAccessKey");
    const std::string_view session = text_member(found, "sessionToken");
    const auto lifetime = read_lifetime(body);
    if (id.empty() || secret.empty() || session.empty() || !lifetime) {
        throw credentials_error(
            "the sign-in service's answer lacks a usable accessToken or "
            "expiresIn");
    }
    token.access_key_id = id;
    token.secret_access_key = secret;
    token.session_token = session;
    token.expires_at = now + *lifetime;
    if (const std::string_view next = text_member(body, "refreshToken"); !next.empty()) {
        token.refresh_token = next;
    }
}

// Updates the members of the file that the token has. All other members stay unchanged.
void update_document(login_token& token) {
    secret_json& file = token.document;
    set_text_member(file, "refreshToken", token.refresh_token);
    for (secret_json& member : file) {
        if (&member == find_member(file, "accessToken")) {
            set_text_member(member, "accessKeyId", token.access_key_id);
            set_text_member(member, "secretAccessKey", token.secret_access_key);
            set_text_member(member, "sessionToken", token.session_token);
            set_text_member(member, "expiresAt", detail::format_utc_time(token.expires_at));
        }
    }
}

}  // namespace

login_source::login_source(login_settings settings, client_settings client,
                           detail::wall_clock clock)
    : settings_(std::move(settings)), client_(std::move(client)), clock_(std::move(clock)) {}

std::string login_source::name() const {
    return "login session " + detail::in_quotes(settings_.session);
}

std::string login_source::remedy() const {
    return run_command("aws login", "--profile", settings_.profile);
}

fetched_credentials login_source::fetch(const fetch_context& context) {
    const std::string path = login_token_path(settings_.session);
    login_token token = read_login_token(path, remedy());
    std::string remark;
    const auto left = token.expires_at - clock_();
    // A renewal uses up the refresh token. If the new one cannot be written to the file, the login
    // is lost. In that case, a renewal waits until it is necessary.
    const bool can_wait = left > left.zero() && !can_write_cache_file(path);
    if (left <= refresh_ahead && !can_wait) {
        remark = renew(path, token, context);
    }
    return {.keys = {.access_key_id = token.access_key_id,
                     .secret_access_key = token.secret_access_key,
                     .session_token = token.session_token,
                     .expiration = token.expires_at,
                     .account_id = token.account_id},
            .kept = reuse::until_expiration,
            .description = remark};
}

std::string login_source::renew(const std::string& path, login_token& token,
                                const fetch_context& context) const {
    try {
        create_token(token, context);
    } catch (const credentials_error& failure) {
        // Another program may have renewed the login in the meantime and used up the refresh token.
        login_token latest = read_login_token(path, remedy());
        const bool is_newer = latest.expires_at > token.expires_at;
        if (is_newer) {
            token = std::move(latest);
        }
        const bool is_final =
            dynamic_cast<const unrecoverable_credentials_error*>(&failure) != nullptr;
        if (token.expires_at <= clock_() || (is_final && !is_newer)) {
            throw;
        }
        return {};
    }
    try {
        write_cache_file(path, token.document);
    } catch (const credentials_error& failure) {  // the new credentials are valid nevertheless
        return std::string("the renewed login is lost: ") + failure.what();
    }
    return {};
}

void login_source::create_token(login_token& token, const fetch_context& context) const {
    const dpop_key key(token.dpop_key);
    service_request request;
    request.service = "the sign-in service";
    request.http = {.method = "POST",
                    .url = service_url(client_, aws_service::signin, client_.region) + "/v1/token",
                    .headers = {{"Content-Type", "application/json"}, {"DPoP", ""}},
                    .body = create_token_body(token),
                    .timeout = settings_.request_timeout};
    request.renew = [&key, this](http_request& http) {
        http.headers.back().value = key.proof(http.url, clock_());
    };
    request.renew(request.http);
    const http_response response = call_service(request, client_, context);
    if (response.status != 200) {
        const std::string cause = cause_of(read_service_error(response));
        const std::string message =
            cause + describe_error(request, response, {token.refresh_token}) + "; " + remedy();
        if (cause.empty()) {
            throw credentials_error(message);
        }
        throw unrecoverable_credentials_error(message);
    }
    apply_response(token, response, clock_());
    update_document(token);
}

}  // namespace dsql::aws
