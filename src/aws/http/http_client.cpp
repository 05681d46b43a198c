// SPDX-License-Identifier: Apache-2.0
#include "aws/http/http_client.hpp"

#include "aws/http/curl_handle.hpp"
#include "aws/http/curl_memory.hpp"
#include "aws/http/pinned_addresses.hpp"
#include "aws/http/url.hpp"
#include "base/environment.hpp"
#include "base/platform.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"

#include <curl/curl.h>
#include <openssl/opensslv.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace dsql::aws {

std::string_view http_response::header(std::string_view name) const noexcept {
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& header) {
        return std::equal(header.name.begin(), header.name.end(), name.begin(), name.end(),
                          [](char a, char b) { return detail::lower(a) == detail::lower(b); });
    });
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

namespace {

using request_clock = std::chrono::steady_clock;
using multi_handle = std::unique_ptr<CURLM, decltype(&without_fork<&curl_multi_cleanup, CURLM*>)>;

// The state of the callbacks, which run inside curl_multi_perform.
struct exchange {
    http_response response{};
    std::size_t max_size = 0;
    bool too_large = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) noexcept {
    auto& state = *static_cast<exchange*>(user);
    if (state.response.body.size() + size > state.max_size) {
        state.too_large = true;
        return 0;
    }
    try {
        state.response.body.append({data, size});
    } catch (...) {  // out of memory: an exception must not pass through libcurl
        return 0;
    }
    // libcurl's own buffer, which it does not read again. It is overwritten here also for programs
    // that have initialized libcurl themselves; see initialize_libcurl.
    detail::cleanse(data, size);
    return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) noexcept {
    auto& state = *static_cast<exchange*>(user);
    const std::string_view line = detail::trim(std::string_view(data, size));
    try {
        // A status line begins a new response. Those before the last come from a proxy or are
        // interim responses.
        if (line.starts_with("HTTP/")) {
            state.response.headers.clear();
        } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
            state.response.headers.push_back({std::string(line.substr(0, colon)),
                                              std::string(detail::trim(line.substr(colon + 1)))});
        }
    } catch (...) {
        return 0;
    }
    return size;
}

url_parts checked_url(const std::string& text) {
    const std::optional<url_parts> url = parse_url(text);
    if (!url) {
        throw http_failure(http_failure_kind::bad_request,
                           "not a URL of the form http://host or https://host");
    }
    if (url->scheme != "http" && url->scheme != "https") {
        throw http_failure(
            http_failure_kind::bad_request,
            "the scheme of a URL must be http or https, not " + detail::in_quotes(url->scheme));
    }
    return *url;
}

string_list header_list(const http_request& request) {
    string_list list;
    append(list, "Expect:");  // so that libcurl does not wait for "100 Continue"
    for (const auto& [name, value] : request.headers) {
        const auto breaks = [](std::string_view text) {
            return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
        };
        if (breaks(name) || breaks(value)) {
            throw http_failure(http_failure_kind::bad_request,
                               "the value of the header " + detail::in_quotes(name) +
                                   " has a line break or a null character in it");
        }
        // For libcurl, a name followed by a semicolon is a header without a value.
        secret_string line(name);
        line.append(value.empty() ? ";" : ": ");
        line.append(value);
        append(list, line.c_str());
    }
    return list;
}

void set_proxy(CURL* handle, const http_request& request) {
    if (!request.use_proxy) {
        set_option(handle, CURLOPT_PROXY, "");
        set_option(handle, CURLOPT_NOPROXY, "*");
    }
}

http_failure_kind kind_of(CURLcode code, const exchange& state) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return http_failure_kind::resolve;
        case CURLE_OPERATION_TIMEDOUT:
            return http_failure_kind::timeout;
        case CURLE_ABORTED_BY_CALLBACK:
            return http_failure_kind::stopped;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_ISSUER_ERROR:
            return http_failure_kind::tls;
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return http_failure_kind::bad_request;
        default:
            return state.too_large ? http_failure_kind::too_large : http_failure_kind::connect;
    }
}

// Removes the proxy from an error of libcurl. libcurl quotes a proxy that it cannot use, including
// its password, in several forms.
std::string without_proxy(const std::string& text) {
    const std::size_t quote = text.find('\'');
    if (quote == std::string::npos || detail::lower(text).find("proxy") == std::string::npos) {
        return text;
    }
    return text.substr(0, quote) +
           "the value of https_proxy, http_proxy or all_proxy; it must be of the form "
           "http://host:port";
}

std::string explanation(CURLcode code, const exchange& state, const char* details) {
    if (state.too_large) {
        return "the answer is longer than " + std::to_string(state.max_size) + " bytes";
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        return "stopped";
    }
    return *details != '\0' ? without_proxy(details) : curl_easy_strerror(code);
}

// libcurl reads the file by name and cannot be interrupted while it reads.
void check_ca_bundle(const std::string& path, const char* setting) {
    std::string reason = detail::reason_not_to_read(path);
    if (reason.empty() && access(path.c_str(), R_OK) != 0) {
        reason = std::generic_category().message(errno);
    }
    if (!reason.empty()) {
        throw http_failure(
            http_failure_kind::bad_request,
            std::string(setting) + ": cannot read " + detail::in_quotes(path) + ": " + reason);
    }
}

void set_trusted_file(CURL* handle, const std::string& path, const char* setting) {
    check_ca_bundle(path, setting);
    set_option(handle, CURLOPT_CAINFO, path.c_str());
}

// Sets the trusted certificate authorities: only those of `ca_bundle`, if it is given, otherwise
// OpenSSL's default trust store. The store consists of a file and a directory, and an environment
// variable can replace each of them. libcurl does not read these variables, so this function does.
void set_trust(CURL* handle, const std::string& ca_bundle) {
    if (!ca_bundle.empty()) {
        set_trusted_file(handle, ca_bundle, "the CA bundle");
        set_option(handle, CURLOPT_CAPATH, nullptr);
        return;
    }
    const std::string file = detail::environment_variable(X509_get_default_cert_file_env());
    const std::string directory = detail::environment_variable(X509_get_default_cert_dir_env());
    if (file.empty() && directory.empty()) {
        return;
    }
    if (!file.empty()) {
        set_trusted_file(handle, file, X509_get_default_cert_file_env());
    } else if (access(X509_get_default_cert_file(), R_OK) == 0) {
        set_option(handle, CURLOPT_CAINFO, X509_get_default_cert_file());
    } else {
        set_option(handle, CURLOPT_CAINFO, nullptr);
    }
    set_option(handle, CURLOPT_CAPATH,
               directory.empty() ? X509_get_default_cert_dir() : directory.c_str());
}

// Sets what is left of the limits of a request that began at `start`.
void set_limits(CURL* handle, const http_request& request, request_clock::time_point start) {
    const auto spent = std::chrono::floor<std::chrono::milliseconds>(request_clock::now() - start);
    const auto left = [spent](std::chrono::milliseconds limit) {
        const auto at_least = std::chrono::milliseconds(1);  // 0 would be libcurl's default
        return static_cast<long>(std::max(limit - spent, at_least).count());
    };
    set_option(handle, CURLOPT_CONNECTTIMEOUT_MS, left(request.connect_timeout));
    set_option(handle, CURLOPT_TIMEOUT_MS, left(request.timeout));
}

void set_request(CURL* handle, const http_request& request) {
    set_option(handle, CURLOPT_URL, request.url.c_str());
    set_option(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        set_option(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request.body.size()));
        set_option(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    set_trust(handle, request.ca_bundle);
    set_proxy(handle, request);
}

// Makes OpenSSL overwrite what it has decrypted as soon as libcurl has read it.
CURLcode overwrite_plaintext(CURL*, void* tls, void*) noexcept {
    SSL_CTX_set_options(static_cast<SSL_CTX*>(tls), SSL_OP_CLEANSE_PLAINTEXT);
    return CURLE_OK;
}

// Whether libcurl uses the OpenSSL that this library is compiled for.
bool uses_our_openssl() noexcept {
    const char* const tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return tls != nullptr && std::string_view(tls).starts_with(
                                 "OpenSSL/" + std::to_string(OPENSSL_VERSION_MAJOR) + ".");
}

// HTTP/2 would bring the buffers of another library, which does not overwrite them.
void set_secrecy(CURL* handle) {
    set_option(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    if (uses_our_openssl()) {
        set_option(handle, CURLOPT_SSL_CTX_FUNCTION, &overwrite_plaintext);
    }
}

// A socket that libcurl opens itself would be inherited by every program that this process executes
// meanwhile.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) noexcept {
    return detail::make_socket(address->family, address->socktype, address->protocol).release();
}

void set_behavior(CURL* handle, exchange& state) {
    set_secrecy(handle);
    set_option(handle, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set_option(handle, CURLOPT_NOSIGNAL, 1L);
    set_option(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set_option(handle, CURLOPT_WRITEFUNCTION, &on_body);
    set_option(handle, CURLOPT_WRITEDATA, &state);
    set_option(handle, CURLOPT_HEADERFUNCTION, &on_header);
    set_option(handle, CURLOPT_HEADERDATA, &state);
#if LIBCURL_VERSION_NUM >= 0x075700
    // Leaves an abandoned lookup of a name that is not ASCII to its thread instead of waiting for
    // it. All other names are looked up before; see pinned_addresses.
    set_option(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
}

// Protects the program from SIGPIPE, which the TLS library causes when it writes to a closed
// connection. Affects only the current thread. A SIGPIPE that was already pending stays pending.
class sigpipe_guard {
public:
    sigpipe_guard() noexcept {
        sigemptyset(&sigpipe_);
        sigaddset(&sigpipe_, SIGPIPE);
        sigset_t pending;
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    }
    ~sigpipe_guard() {
        const timespec at_once{};
        while (!was_pending_ && sigtimedwait(&sigpipe_, nullptr, &at_once) == SIGPIPE) {
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    sigpipe_guard(const sigpipe_guard&) = delete;
    sigpipe_guard& operator=(const sigpipe_guard&) = delete;

private:
    sigset_t sigpipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

// Adds a transfer to a multi handle; the destructor removes it.
class transfer {
public:
    transfer(CURLM* all, CURL* one) : all_(all), one_(one) {
        if (without_fork<&curl_multi_add_handle>(all_, one_) != CURLM_OK) {
            throw std::bad_alloc();
        }
    }
    transfer(const transfer&) = delete;
    transfer& operator=(const transfer&) = delete;
    ~transfer() { without_fork<&curl_multi_remove_handle>(all_, one_); }

    // Waits until the transfer has ended or a stop is requested. curl_easy_perform would notice a
    // stop only once a second; here the stop ends the wait at once.
    [[nodiscard]] CURLcode until_end(const std::stop_token& stop) const {
        const std::stop_callback wake(stop, [this] { curl_multi_wakeup(all_); });
        for (int running = 1;;) {
            if (without_fork<&curl_multi_perform>(all_, &running) != CURLM_OK) {
                return CURLE_FAILED_INIT;
            }
            if (running == 0) {
                break;
            }
            if (stop.stop_requested()) {
                return CURLE_ABORTED_BY_CALLBACK;
            }
            // libcurl waits less when it has something to do earlier.
            if (curl_multi_poll(all_, nullptr, 0, 60'000, nullptr) != CURLM_OK) {
                return CURLE_FAILED_INIT;
            }
        }
        int left = 0;
        const CURLMsg* const ended = curl_multi_info_read(all_, &left);
        return ended == nullptr ? CURLE_FAILED_INIT : ended->data.result;
    }

private:
    CURLM* all_;
    CURL* one_;
};

CURLcode perform(CURL* handle, const std::stop_token& stop) {
    const sigpipe_guard guard;
    const multi_handle all(without_fork<&curl_multi_init>(),
                           &without_fork<&curl_multi_cleanup, CURLM*>);
    if (!all) {
        throw std::bad_alloc();
    }
    return transfer(all.get(), handle).until_end(stop);
}

request_clock::time_point end_of_lookup(const http_request& request,
                                        request_clock::time_point start) {
    constexpr std::chrono::milliseconds longest = std::chrono::years(100);  // the clock's range
    return start + std::min({request.connect_timeout, request.timeout, longest});
}

}  // namespace

http_response send(const http_request& request, const std::stop_token& stop) {
    const request_clock::time_point start = request_clock::now();
    const url_parts url = checked_url(request.url);
    initialize_libcurl();  // thread-safe since libcurl 7.84
    const easy_handle handle = make_easy_handle();
    exchange state;
    state.max_size = request.max_response_size;
    // Enough for every usual response.
    state.response.body.reserve(std::min<std::size_t>(request.max_response_size, 16'384));

    char details[CURL_ERROR_SIZE] = "";
    set_option(handle.get(), CURLOPT_ERRORBUFFER, &details[0]);
    set_behavior(handle.get(), state);
    set_request(handle.get(), request);
    const string_list headers = header_list(request);
    set_option(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    const string_list pinned = pinned_addresses(request, url, end_of_lookup(request, start), stop);
    set_option(handle.get(), CURLOPT_RESOLVE, pinned.get());
    set_limits(handle.get(), request, start);

    const CURLcode code = perform(handle.get(), stop);
    if (code != CURLE_OK) {
        throw http_failure(kind_of(code, state), detail::harmless(url.origin(), '?') + ": " +
                                                     explanation(code, state, &details[0]));
    }
    long status = 0;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): libcurl's interface
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    state.response.status = static_cast<int>(status);
    return std::move(state.response);
}

}  // namespace dsql::aws
