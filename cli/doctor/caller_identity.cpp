// SPDX-License-Identifier: Apache-2.0
#include "doctor/caller_identity.hpp"

#include <dsql/secret_string.hpp>

#include "doctor/sts_endpoint.hpp"
#include "format.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <memory>

namespace dsql_cli::doctor {

namespace {

using header_list = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

std::size_t append_body(const char* text, std::size_t size, std::size_t count, void* user_data) {
    constexpr std::size_t longest = 65'536;
    auto& body = *static_cast<std::string*>(user_data);
    body.append(text, std::min(size * count, longest - std::min(longest, body.size())));
    return size * count;
}

std::string text_between(std::string_view text, std::string_view begin, std::string_view end) {
    const std::size_t at = text.find(begin);
    if (at == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(at + begin.size());
    return to_single_line(text.substr(0, text.find(end)));
}

// libcurl signs the request.
void sign(CURL* curl, const dsql::credentials& keys, const std::string& region,
          header_list& headers) {
    curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, ("aws:amz:" + region + ":sts").c_str());
    curl_easy_setopt(curl, CURLOPT_USERNAME, keys.access_key_id.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, keys.secret_access_key.c_str());
    if (!keys.session_token.empty()) {
        dsql::secret_string header("X-Amz-Security-Token: ");
        header.append(keys.session_token);
        headers.reset(curl_slist_append(nullptr, header.c_str()));
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    }
}

// Returns the parts of an ARN after the first `count` colons; empty if it has fewer.
std::string_view after_colons(std::string_view arn, int count) {
    for (int i = 0; i < count; ++i) {
        const std::size_t colon = arn.find(':');
        arn.remove_prefix(colon == std::string_view::npos ? arn.size() : colon + 1);
    }
    return arn;
}

}  // namespace

caller_identity fetch_caller_identity(const dsql::credentials& keys, const std::string& region,
                                      std::chrono::milliseconds limit) {
    const curl_request request = make_request(sts_url(region), limit);
    if (!request) {
        return {.error = "no memory"};
    }
    CURL* const curl = request.get();
    std::string body;
    header_list headers(nullptr, &curl_slist_free_all);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "Action=GetCallerIdentity&Version=2011-06-15");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    sign(curl, keys, region, headers);
    const CURLcode outcome = curl_easy_perform(curl);
    if (outcome != CURLE_OK) {
        return {.error = curl_easy_strerror(outcome)};
    }
    caller_identity found{.arn = text_between(body, "<Arn>", "</Arn>")};
    if (found.arn.empty()) {
        const std::string reason = text_between(body, "<Message>", "</Message>");
        found.error = reason.empty() ? "the answer has no ARN" : reason;
    }
    return found;
}

std::string arn_to_grant_to(std::string_view arn) {
    constexpr std::string_view session = "assumed-role/";
    const std::string_view resource = after_colons(arn, 5);
    if (!resource.starts_with(session)) {
        return std::string(arn);
    }
    const std::string_view account = after_colons(arn, 4);
    const std::string_view role = resource.substr(session.size());
    const std::string partition(after_colons(arn, 1).substr(0, after_colons(arn, 1).find(':')));
    return "arn:" + partition + ":iam::" + std::string(account.substr(0, account.find(':'))) +
           ":role/" + std::string(role.substr(0, role.find('/')));
}

bool is_granted_to(std::string_view granted, std::string_view arn) {
    const std::string role = arn_to_grant_to(arn);
    if (granted == arn || granted == role) {
        return true;
    }
    // A role with a path: arn:aws:iam::123456789012:role/path/app
    constexpr std::string_view label = ":role/";
    const std::size_t at = role.find(label);
    if (at == std::string::npos || !granted.starts_with(role.substr(0, at + label.size()))) {
        return false;
    }
    return granted.substr(granted.rfind('/') + 1) == role.substr(at + label.size());
}

}  // namespace dsql_cli::doctor
