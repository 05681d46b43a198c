// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"
#include "base/fork_guard.hpp"
#include "base/secret.hpp"

#include <curl/curl.h>

#include <memory>
#include <new>
#include <string>

namespace dsql::aws {

/// Calls a function of libcurl while no other thread may fork: libcurl and OpenSSL take locks that
/// a forked child needs. The function must not wait for the network.
template <auto work>
auto without_fork(auto... arguments) noexcept {
    const detail::fork_gate no_fork;
    return work(arguments...);
}

/// libcurl's state of one request.
using easy_handle = std::unique_ptr<CURL, decltype(&without_fork<&curl_easy_cleanup, CURL*>)>;

/// Makes the state of one request. Throws `std::bad_alloc`.
[[nodiscard]] inline easy_handle make_easy_handle() {
    easy_handle handle(without_fork<&curl_easy_init>(), &without_fork<&curl_easy_cleanup, CURL*>);
    if (!handle) {
        throw std::bad_alloc();
    }
    return handle;
}

/// Sets an option of a request. Throws `http_failure`.
template <class Value>
void set_option(CURL* handle, CURLoption option, Value value) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): libcurl's interface
    const CURLcode code = curl_easy_setopt(handle, option, value);
    if (code != CURLE_OK) {
        throw http_failure(http_failure_kind::bad_request,
                           "libcurl refuses a setting: " + std::string(curl_easy_strerror(code)));
    }
}

/// Frees a list of libcurl, and cleanses its texts first, because headers hold tokens.
struct string_list_deleter {
    void operator()(curl_slist* list) const noexcept {
        for (const curl_slist* item = list; item != nullptr; item = item->next) {
            detail::cleanse(item->data, std::char_traits<char>::length(item->data));
        }
        curl_slist_free_all(list);
    }
};
using string_list = std::unique_ptr<curl_slist, string_list_deleter>;

/// Appends a text to a list. Throws `std::bad_alloc`.
inline void append(string_list& list, const char* text) {
    curl_slist* const longer = curl_slist_append(list.get(), text);
    if (longer == nullptr) {
        throw std::bad_alloc();
    }
    static_cast<void>(list.release());
    list.reset(longer);
}

}  // namespace dsql::aws
