// SPDX-License-Identifier: Apache-2.0
#include "doctor/sts_endpoint.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace dsql_cli::doctor {

namespace {

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

bool ignores_configured_endpoints() {
    const std::string value = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    return value == "true" || value == "True" || value == "TRUE";
}

void set_from_variable(CURL* curl, CURLoption option, const char* variable) {
    if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') {
        curl_easy_setopt(curl, option, value);
    }
}

}  // namespace

std::string sts_url(const std::string& region) {
    if (!ignores_configured_endpoints()) {
        for (const char* name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}) {
            if (std::string url = variable(name); !url.empty()) {
                return url;
            }
        }
    }
    const char* const domain = region.starts_with("cn-") ? ".amazonaws.com.cn/" : ".amazonaws.com/";
    return "https://sts." + region + domain;
}

// An @ after the host may end a password that contains a slash; then no part of the URL is shown.
std::string authority_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::string_view rest = url.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    if (scheme == std::string_view::npos || rest.find('@', end) != std::string_view::npos) {
        return "the configured endpoint";
    }
    const std::string_view authority = rest.substr(0, end);
    return std::string(authority.substr(authority.rfind('@') + 1));
}

curl_request make_request(const std::string& url, std::chrono::milliseconds limit) {
    curl_request request(curl_easy_init(), &curl_easy_cleanup);
    if (!request) {
        return request;
    }
    CURL* const curl = request.get();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    set_from_variable(curl, CURLOPT_CAPATH, "SSL_CERT_DIR");
    set_from_variable(curl, CURLOPT_CAINFO, "SSL_CERT_FILE");
    set_from_variable(curl, CURLOPT_CAINFO, "AWS_CA_BUNDLE");
    return request;
}

}  // namespace dsql_cli::doctor
