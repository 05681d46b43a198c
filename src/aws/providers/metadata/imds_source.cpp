// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/metadata/imds_source.hpp"

#include <dsql/error.hpp>

#include "aws/http/retry.hpp"
#include "aws/http/url.hpp"
#include "aws/json.hpp"
#include "aws/providers/credentials_document.hpp"
#include "aws/providers/rest_json_call.hpp"
#include "aws/shared_files/aws_settings.hpp"
#include "base/environment.hpp"
#include "base/real_number.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

namespace dsql::aws {

namespace {

using found_setting = aws_settings::found_setting;

[[noreturn]] void throw_bad_setting(const found_setting& setting,
                                    const std::string& what_is_right) {
    throw credentials_error(setting.place + " is " + detail::in_quotes(setting.value) +
                            "; it must be " + what_is_right);
}

std::string checked_endpoint(const found_setting& setting) {
    std::string url = setting.value;
    const auto parts = parse_url(url);
    const bool is_http = parts && (parts->scheme == "http" || parts->scheme == "https");
    if (!is_http || url.find_first_of("?#@") != std::string::npos) {
        // The message does not show the URL, because a user part or a query may hold a secret.
        throw credentials_error(setting.place +
                                " is not a URL of the form http://host or https://host");
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url;
}

std::string read_endpoint(const aws_settings& reader) {
    const found_setting endpoint =
        reader.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    if (!endpoint.value.empty()) {
        return checked_endpoint(endpoint);
    }
    const found_setting mode =
        reader.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    const std::string version = detail::lower(mode.value);
    if (version == "ipv6") {
        return "http://[fd00:ec2::254]";
    }
    if (!version.empty() && version != "ipv4") {
        throw_bad_setting(mode, "IPv4 or IPv6");
    }
    return imds_settings{}.endpoint;
}

std::chrono::milliseconds read_timeout(const aws_settings& reader) {
    const found_setting setting =
        reader.get("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
    if (setting.value.empty()) {
        return imds_settings{}.timeout;
    }
    double seconds = 0;
    if (detail::read_real(setting.value, seconds) != std::errc() ||
        !(seconds > 0 && seconds <= 3600)) {
        throw_bad_setting(setting, "a number of seconds, more than 0 and at most 3600");
    }
    // Rounded up, because libcurl takes 0 as no limit.
    return std::chrono::milliseconds(static_cast<long>(std::ceil(seconds * 1000)));
}

int read_imds_attempts(const aws_settings& reader) {
    const found_setting setting =
        reader.get("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts");
    if (setting.value.empty()) {
        return imds_settings{}.max_attempts;
    }
    const auto attempts = detail::parse_number<int>(setting.value);
    if (!attempts || *attempts < 1) {
        throw_bad_setting(setting, "1 or more");
    }
    return *attempts;
}

constexpr const char* token_path = "/latest/api/token";
constexpr const char* roles_path = "/latest/meta-data/iam/security-credentials/";
constexpr std::chrono::seconds token_life{21'600};
// How long before its expiration a token is replaced.
constexpr std::chrono::seconds token_margin{120};

[[noreturn]] void fail(const std::string& what) {
    throw credentials_error(what);
}

[[noreturn]] void fail_with_status(const std::string& path, int status) {
    fail(path + " was answered with status " + std::to_string(status));
}

http_response send_request(http_request request, const imds_settings& settings, bool after_timeout,
                           const fetch_context& context) {
    request.url.insert(0, settings.endpoint);
    request.connect_timeout = settings.timeout;
    request.timeout = settings.timeout;
    request.max_response_size = 65'536;
    request.use_proxy = false;
    // Long pauses are useless, because the service runs on the host of the instance.
    const auto short_pause = [&context](std::chrono::milliseconds time,
                                        const std::stop_token& stop) {
        context.pause(std::min(time, std::chrono::milliseconds(1'000)), stop);
    };
    return send_with_retries(request,
                             {.max_attempts = settings.max_attempts,
                              .pause = short_pause,
                              .after_timeout = after_timeout},
                             context.stop);
}

http_response request_token(const imds_settings& settings, const fetch_context& context) {
    http_request request{.method = "PUT", .url = token_path};
    request.headers.push_back(
        {"x-aws-ec2-metadata-token-ttl-seconds", std::to_string(token_life.count())});
    try {
        // There is no response outside EC2 and across too many network hops. One timeout is enough
        // to detect this.
        return send_request(request, settings, /*after_timeout=*/false, context);
    } catch (const http_failure& failure) {
        std::string why = failure.what();
        if (failure.kind() == http_failure_kind::timeout) {
            why +=
                "; either this is no EC2 instance, or it is a container on one whose metadata "
                "option http-put-response-hop-limit is 1: set it to 2 with "
                "\"aws ec2 modify-instance-metadata-options\"";
        }
        fail("no session token: " + why);
    }
}

bool means_no_version_2(int status) noexcept {
    return status == 403 || status == 404 || status == 405;
}

[[noreturn]] void fail_without_token(int status) {
    if (means_no_version_2(status)) {
        fail("the request for an IMDSv2 session token was answered with status " +
             std::to_string(status) +
             ", and IMDSv1 is disabled (AWS_EC2_METADATA_V1_DISABLED or "
             "ec2_metadata_v1_disabled)");
    }
    fail_with_status(token_path, status);
}

// Whether a text is a valid name of an IAM role (IAM User Guide, "IAM and STS quotas"). Such a name
// contains nothing that changes the path of the URL.
bool is_role_name(std::string_view name) noexcept {
    const bool has_letter = name.find_first_not_of('.') != std::string_view::npos;
    return has_letter && std::all_of(name.begin(), name.end(), [](char c) {
               return detail::is_lower(detail::lower(c)) || detail::is_digit(c) ||
                      std::string_view("+=,.@_-").find(c) != std::string_view::npos;
           });
}

credentials read_document(std::string_view body) {
    const secret_json document = parse_secret_object(body);
    const std::string_view code = text_member(document, "Code");
    if (!code.empty() && detail::lower(code) != "success") {
        fail("no success" + error_summary(body, {"Code", "Message"}));
    }
    return read_credentials_document(document, {});
}

}  // namespace

imds_settings read_imds_settings(const shared_files& files, const std::string& profile) {
    imds_settings settings;
    settings.is_disabled =
        detail::lower(detail::trim(detail::environment_variable("AWS_EC2_METADATA_DISABLED"))) ==
        "true";
    if (settings.is_disabled) {
        return settings;
    }
    const aws_settings reader(files, profile);
    settings.is_v1_disabled =
        reader.is_on("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled");
    settings.endpoint = read_endpoint(reader);
    settings.timeout = read_timeout(reader);
    settings.max_attempts = read_imds_attempts(reader);
    return settings;
}

imds_source::imds_source(imds_settings settings) : settings_(std::move(settings)) {}

imds_source::imds_source(const shared_files& files, const std::string& profile)
    : imds_source(read_imds_settings(files, profile)) {}

fetched_credentials imds_source::fetch(const fetch_context& context) {
    if (settings_.is_disabled) {
        fail("turned off by AWS_EC2_METADATA_DISABLED");
    }
    uses_v1_ = false;
    try {
        return fetch_role(context);
    } catch (const http_failure& failure) {
        fail(failure.what() + v1_remark());
    } catch (const credentials_error& failure) {
        fail(failure.what() + v1_remark());
    }
}

fetched_credentials imds_source::fetch_role(const fetch_context& context) {
    const std::string name = role(context);
    return {.keys = credentials_of(name, context),
            .kept = reuse::until_expiration,
            .expired_use = after_expiration::kept_and_taken};
}

// Returns a remark for error messages on why IMDSv1 was used, because that may be the cause of the
// error; empty when it was not used.
std::string imds_source::v1_remark() const {
    return uses_v1_ ? "; IMDSv1 was asked because the request for a session token of IMDSv2 (" +
                          std::string(token_path) + ") was answered with status " +
                          std::to_string(token_status_)
                    : std::string();
}

std::string imds_source::role(const fetch_context& context) {
    const http_response response = get(roles_path, context);
    if (response.status != 200 && response.status != 404) {
        fail_with_status(roles_path, response.status);
    }
    const std::string_view list =
        response.status == 200 ? detail::trim(response.body) : std::string_view();
    if (list.empty()) {
        fail("no IAM role is attached to this instance");
    }
    const std::string_view first = detail::trim(list.substr(0, list.find('\n')));
    if (!is_role_name(first)) {
        fail(std::string(roles_path) + " was answered with something that is no name of a role");
    }
    return std::string(first);
}

credentials imds_source::credentials_of(const std::string& role, const fetch_context& context) {
    const std::string path = roles_path + role;
    const http_response response = get(path, context);
    if (response.status != 200) {
        fail_with_status(path, response.status);
    }
    try {
        return read_document(response.body);
    } catch (const credentials_error& malformed) {
        fail("the answer for role " + detail::in_quotes(role) +
             " cannot be used: " + malformed.what());
    }
}

http_response imds_source::get(const std::string& path, const fetch_context& context) {
    http_response response = get_once(path, context);
    if (response.status == 401 && !uses_v1_) {  // the token was revoked, or the clock was changed
        forget_token();
        response = get_once(path, context);
    }
    return response;
}

http_response imds_source::get_once(const std::string& path, const fetch_context& context) {
    http_request request{.url = path};
    obtain_token(context);
    if (!uses_v1_) {
        request.headers.push_back({"x-aws-ec2-metadata-token", token_});
    }
    return send_request(request, settings_, /*after_timeout=*/true, context);
}

void imds_source::obtain_token(const fetch_context& context) {
    const bool has_token =
        !token_.empty() && std::chrono::system_clock::now() < token_end_ - token_margin;
    if (uses_v1_ || has_token) {
        return;
    }
    forget_token();
    const http_response response = request_token(settings_, context);
    if (response.status == 200) {
        keep_token(response);
    } else if (means_no_version_2(response.status) && !settings_.is_v1_disabled) {
        uses_v1_ = true;
        token_status_ = response.status;
    } else {
        fail_without_token(response.status);
    }
}

void imds_source::keep_token(const http_response& response) {
    const std::string_view token = detail::trim(response.body);
    const bool is_printable =
        std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (token.empty() || !is_printable) {
        fail(std::string(token_path) + " was answered with something that is no token");
    }
    const auto life =
        detail::parse_number<long>(response.header("x-aws-ec2-metadata-token-ttl-seconds"));
    token_ = token;
    token_end_ = std::chrono::system_clock::now() +
                 std::clamp(std::chrono::seconds(life.value_or(token_life.count())),
                            std::chrono::seconds(0), token_life);
}

void imds_source::forget_token() noexcept {
    token_.clear();
}

}  // namespace dsql::aws
