// SPDX-License-Identifier: Apache-2.0
#include "aws/http/url.hpp"

#include "base/text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace dsql::aws {

namespace {

struct url_deleter {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK) {
        return {};
    }
    const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
    return text;
}

// Removes the first `at` characters of `text` and returns them. Also removes the separator after
// them, which has `separator` characters.
std::string_view take_front(std::string_view& text, std::size_t at, std::size_t separator) {
    const std::string_view front = text.substr(0, at);
    text.remove_prefix(std::min(text.size(), at + separator));
    return front;
}

// Returns the value of the Host header for an authority: without the user part, and without the
// port when it is the scheme's default.
std::string host_header(std::string_view authority, std::string_view scheme) {
    authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
    const std::string_view own_port = scheme == "https" ? ":443" : ":80";
    for (const std::string_view superfluous : {own_port, std::string_view(":")}) {
        if (authority.ends_with(superfluous)) {
            authority.remove_suffix(superfluous.size());
            break;
        }
    }
    return detail::lower(authority);
}

}  // namespace

std::optional<url_parts> parse_url(const std::string& text) {
    const std::unique_ptr<CURLU, url_deleter> url(curl_url());
    // libcurl would read up to a zero byte, and what follows would not be checked.
    const bool is_c_string = text.find('\0') == std::string::npos;
    if (!is_c_string || !url ||
        curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
        return std::nullopt;
    }
    return url_parts{.scheme = part_of(url.get(), CURLUPART_SCHEME),
                     .host = part_of(url.get(), CURLUPART_HOST),
                     .port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
}

std::optional<url_parts> parse_proxy(const std::string& text) {
    const std::unique_ptr<CURLU, url_deleter> url(curl_url());
    if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(),
                             CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) != CURLUE_OK) {
        return std::nullopt;
    }
    const bool has_scheme = text.find("://") != std::string::npos;
    url_parts parts{.scheme = has_scheme ? part_of(url.get(), CURLUPART_SCHEME) : "http",
                    .host = part_of(url.get(), CURLUPART_HOST, CURLU_URLDECODE),
                    .port = part_of(url.get(), CURLUPART_PORT)};
    constexpr std::array<std::string_view, 7> kinds = {"http",    "https",  "socks",  "socks4",
                                                       "socks4a", "socks5", "socks5h"};
    if (parts.host.empty() || std::find(kinds.begin(), kinds.end(), parts.scheme) == kinds.end()) {
        return std::nullopt;
    }
    if (parts.port.empty()) {
        parts.port = parts.scheme == "https" ? "443" : "1080";
    }
    return parts;
}

request_target target_of(std::string_view url) {
    request_target parts;
    url = url.substr(0, url.find('#'));
    if (const std::size_t end = url.find("://"); end != std::string_view::npos) {
        parts.scheme = detail::lower(take_front(url, end, 3));
    }
    const std::string_view hierarchy = take_front(url, std::min(url.find('?'), url.size()), 1);
    parts.query = url;
    const std::size_t path = std::min(hierarchy.find('/'), hierarchy.size());
    parts.host = host_header(hierarchy.substr(0, path), parts.scheme);
    parts.path = hierarchy.substr(path);
    return parts;
}

std::string shown_url(const std::string& url) {
    const std::optional<url_parts> checked = parse_url(url);
    if (!checked || checked->host.empty()) {
        return "an endpoint that is no URL";
    }
    const request_target parts = target_of(url);
    // libcurl also takes "https:/host", where a later "://" may be part of a query.
    if (parts.scheme != checked->scheme) {
        return "an endpoint that is no URL";
    }
    // Text before an @ in the path may be a user name and a password that contain a slash.
    const bool is_odd = parts.path.find('@') != std::string_view::npos;
    return detail::harmless(
        parts.scheme + "://" + parts.host + std::string(is_odd ? "/..." : parts.path), '?');
}

}  // namespace dsql::aws
