// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/sso_source.hpp"

#include "aws/json.hpp"
#include "aws/providers/rest_json_call.hpp"
#include "base/text.hpp"
#include "base/uri_encoding.hpp"

#include <algorithm>
#include <utility>

namespace dsql::aws {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

std::string credentials_url(const client_settings& client, const sso_settings& settings) {
    std::string url = service_url(client, aws_service::sso, settings.region);
    url += "/federation/credentials?role_name=";
    detail::append_uri_encoded(url, settings.role_name);
    url += "&account_id=";
    detail::append_uri_encoded(url, settings.account_id);
    return url;
}

// Returns "expiration", which is in milliseconds since 1970, limited to the range of the system
// clock's type. Returns nothing when it is missing or not a positive integer.
std::optional<system_clock::time_point> read_expiration(const secret_json& keys) {
    const secret_json* const member = find_member(keys, "expiration");
    if (member == nullptr || !member->is_number_integer()) {
        return std::nullopt;
    }
    const auto count = member->get<std::int64_t>();
    if (count <= 0) {
        return std::nullopt;
    }
    constexpr auto last = std::chrono::floor<milliseconds>(system_clock::duration::max());
    return system_clock::time_point(std::min(milliseconds(count), last));
}

credentials read_role_credentials(const http_response& response) {
    const secret_json body = parse_json_object(response.body);
    const secret_json* const role = find_member(body, "roleCredentials");
    if (role == nullptr || !role->is_object()) {
        throw credentials_error("the SSO portal's answer has no roleCredentials");
    }
    credentials read{.access_key_id = std::string(text_member(*role, "accessKeyId")),
                     .secret_access_key = text_member(*role, "secretAccessKey"),
                     .session_token = text_member(*role, "sessionToken"),
                     .expiration = read_expiration(*role)};
    for (const auto& [is_there, name] :
         {std::pair(!read.access_key_id.empty(), "accessKeyId"),
          std::pair(!read.secret_access_key.empty(), "secretAccessKey"),
          std::pair(!read.session_token.empty(), "sessionToken"),
          std::pair(read.expiration.has_value(), "expiration")}) {
        if (!is_there) {
            throw credentials_error("the SSO portal's answer has no usable roleCredentials." +
                                    std::string(name));
        }
    }
    return read;
}

}  // namespace

sso_source::sso_source(sso_settings settings, client_settings client, detail::wall_clock clock,
                       std::shared_ptr<sso_refresh_state> state)
    : settings_(std::move(settings)),
      client_(std::move(client)),
      tokens_(settings_, client_, std::move(clock), std::move(state)) {}

std::string sso_source::name() const {
    return settings_.session_name.empty()
               ? "SSO"
               : "SSO session " + detail::in_quotes(settings_.session_name);
}

fetched_credentials sso_source::fetch(const fetch_context& context) {
    const sso_token token = tokens_.get(context);
    const http_response response = get_role_credentials(token, context);
    credentials keys = read_role_credentials(response);
    keys.account_id = settings_.account_id;
    return {.keys = keys, .kept = reuse::until_expiration, .description = tokens_.remark()};
}

http_response sso_source::get_role_credentials(const sso_token& token,
                                               const fetch_context& context) const {
    check_region(settings_.region, "sso_region");
    service_request request;
    request.service = "the SSO portal";
    request.http = {.url = credentials_url(client_, settings_),
                    .headers = {{"x-amz-sso_bearer_token", token.access_token}},
                    .timeout = settings_.request_timeout};
    http_response response = call_service(request, client_, context);
    if (response.status == 200) {
        return response;
    }
    const std::string message = describe_error(request, response, {token.access_token}) +
                                " for role " + detail::in_quotes(settings_.role_name) +
                                " in account " + detail::in_quotes(settings_.account_id);
    if (response.status == 401) {
        throw unrecoverable_credentials_error(message + "; " + sso_remedy(settings_));
    }
    throw credentials_error(message);
}

}  // namespace dsql::aws
