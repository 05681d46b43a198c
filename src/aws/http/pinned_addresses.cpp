// SPDX-License-Identifier: Apache-2.0
#include "aws/http/pinned_addresses.hpp"

#include "aws/http/proxy.hpp"
#include "base/name_lookup.hpp"
#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dsql::aws {

namespace {

bool is_ipv4_address(const std::string& host) noexcept {
    in_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

// Whether libcurl would start a lookup of this host, under this very name.
bool has_to_be_looked_up(const std::string& host) {
    const std::string name = detail::lower(host);
    const bool is_ascii =
        std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
    return !name.empty() && is_ascii && !name.starts_with('[') && !is_ipv4_address(name) &&
           name != "localhost" && !name.ends_with(".localhost");
}

// Appends "host:port:address,[address]". An address with a zone, which libcurl rejects, is left
// out.
void pin(string_list& pins, const std::string& host, const std::string& port,
         const std::vector<std::string>& addresses) {
    std::string line = host + ":" + port;
    const std::size_t without_addresses = line.size();
    for (const std::string& address : addresses) {
        if (address.find('%') == std::string::npos) {
            line += line.size() == without_addresses ? ':' : ',';
            line += address.find(':') != std::string::npos ? "[" + address + "]" : address;
        }
    }
    if (line.size() != without_addresses) {
        append(pins, line.c_str());
    }
}

http_failure_kind kind_of_failure(detail::lookup_end end) noexcept {
    switch (end) {
        case detail::lookup_end::timed_out:
            return http_failure_kind::timeout;
        case detail::lookup_end::stopped:
            return http_failure_kind::stopped;
        case detail::lookup_end::found:
        case detail::lookup_end::failed:
        case detail::lookup_end::no_thread:
            break;
    }
    return http_failure_kind::resolve;
}

// Looks up a host unless libcurl need not do so. `whose` follows the reason in a message.
std::vector<std::string> addresses_of(const std::string& host, const std::string& origin,
                                      const std::string& whose,
                                      std::chrono::steady_clock::time_point deadline,
                                      const std::stop_token& stop) {
    if (!has_to_be_looked_up(host)) {
        return {};
    }
    detail::name_lookup_result result = detail::look_up_name(host, deadline, stop);
    if (result.end != detail::lookup_end::found) {
        throw http_failure(kind_of_failure(result.end),
                           detail::harmless(origin, '?') + ": " + result.why + whose);
    }
    return std::move(result.addresses);
}

}  // namespace

string_list pinned_addresses(const http_request& request, const url_parts& url,
                             std::chrono::steady_clock::time_point deadline,
                             const std::stop_token& stop) {
    string_list pins;
    const std::optional<proxy> through =
        request.use_proxy ? proxy_for(request.url, url) : std::nullopt;
    if (through) {
        pin(pins, through->host, through->port,
            addresses_of(through->host, url.origin(),
                         " (of the proxy that " + through->variable + " names)", deadline, stop));
    }
    if (!request.addresses.empty()) {
        pin(pins, url.host, url.port, request.addresses);
    } else if (!through || through->wants_address) {
        pin(pins, url.host, url.port, addresses_of(url.host, url.origin(), "", deadline, stop));
    }
    return pins;
}

}  // namespace dsql::aws
