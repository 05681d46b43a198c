// SPDX-License-Identifier: Apache-2.0
#include "aws/http/url.hpp"

#include <curl/curl.h>

#include <memory>

namespace dsql::detail {

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

}  // namespace

std::optional<url_parts> parse_url(const std::string& text) {
    const std::unique_ptr<CURLU, url_deleter> url(curl_url());
    if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
        return std::nullopt;
    }
    return url_parts{.scheme = part_of(url.get(), CURLUPART_SCHEME),
                     .host = part_of(url.get(), CURLUPART_HOST),
                     .port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
}

}  // namespace dsql::detail
