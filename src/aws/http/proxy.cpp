// SPDX-License-Identifier: Apache-2.0
#include "aws/http/proxy.hpp"

#include "aws/http/curl_handle.hpp"
#include "base/environment.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql::aws {

namespace {

// In the order in which libcurl looks for them.
std::vector<const char*> variables_for(std::string_view scheme) {
    if (scheme == "https") {
        return {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    }
    // Not HTTP_PROXY: web servers set it for CGI programs, to what their client has sent.
    return {"http_proxy", "all_proxy", "ALL_PROXY"};
}

// A name that no resolver knows, and an address that nobody has (RFC 6761 and RFC 5737).
constexpr const char* stand_in_name = "stand-in.invalid";
constexpr const char* stand_in_address = "192.0.2.1";

// Opens no socket, but notes whether it would be one to the stand-in.
curl_socket_t note_destination(void* user, curlsocktype, curl_sockaddr* address) noexcept {
    sockaddr_in destination{};
    in_addr stand_in{};
    std::memcpy(&destination, &address->addr, sizeof destination);
    inet_pton(AF_INET, stand_in_address, &stand_in);
    if (address->family == AF_INET && destination.sin_addr.s_addr == stand_in.s_addr) {
        *static_cast<bool*>(user) = true;
    }
    return CURL_SOCKET_BAD;
}

int refuse_lookup(void*, void*, void*) noexcept {
    return 1;
}

// Asks libcurl where it would connect to, because each of its versions has other rules for
// no_proxy. The stand-in takes the place of the URL's host, after these rules, and only if there is
// no proxy.
bool is_sent_directly(const std::string& url, const std::string& port) {
    const easy_handle handle = make_easy_handle();
    bool is_direct = false;
    string_list destination;
    append(destination, ("::" + std::string(stand_in_name) + ":" + port).c_str());
    string_list address;
    append(address, (std::string(stand_in_name) + ":" + port + ":" + stand_in_address).c_str());
    set_option(handle.get(), CURLOPT_NOSIGNAL, 1L);
    set_option(handle.get(), CURLOPT_URL, url.c_str());
    set_option(handle.get(), CURLOPT_CONNECT_TO, destination.get());
    set_option(handle.get(), CURLOPT_RESOLVE, address.get());
    set_option(handle.get(), CURLOPT_RESOLVER_START_FUNCTION, &refuse_lookup);
    set_option(handle.get(), CURLOPT_OPENSOCKETFUNCTION, &note_destination);
    set_option(handle.get(), CURLOPT_OPENSOCKETDATA, &is_direct);
    if (without_fork<&curl_easy_perform>(handle.get()) == CURLE_OUT_OF_MEMORY) {
        throw std::bad_alloc();  // any other error is what is wanted
    }
    return is_direct;
}

}  // namespace

std::optional<proxy> proxy_for(const std::string& url, const url_parts& parts) {
    for (const char* variable : variables_for(parts.scheme)) {
        const std::string text = detail::environment_variable(variable);
        if (text.empty()) {
            continue;
        }
        if (is_sent_directly(url, parts.port)) {
            return std::nullopt;
        }
        std::optional<url_parts> named = parse_proxy(text);
        if (!named) {
            return proxy{.variable = variable};
        }
        const std::string_view kind = named->scheme;
        return proxy{.variable = variable,
                     .host = std::move(named->host),
                     .port = std::move(named->port),
                     .wants_address = kind == "socks" || kind == "socks4" || kind == "socks5"};
    }
    return std::nullopt;
}

}  // namespace dsql::aws
