// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/metadata/container_endpoint_policy.hpp"

#include <dsql/error.hpp>

#include "base/name_lookup.hpp"
#include "base/text.hpp"
#include "errors/thread_shortage.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace dsql::aws {

namespace {

std::optional<in_addr> ipv4(const char* text) noexcept {
    in_addr address{};
    return inet_pton(AF_INET, text, &address) == 1 ? std::optional(address) : std::nullopt;
}

std::optional<in6_addr> ipv6(const char* text) noexcept {
    in6_addr address{};
    return inet_pton(AF_INET6, text, &address) == 1 ? std::optional(address) : std::nullopt;
}

bool is_allowed(const in_addr& address) noexcept {
    const std::uint32_t value = ntohl(address.s_addr);
    return value >> 24U == 127 || value == 0xa9fe'aa02 || value == 0xa9fe'aa17;
}

bool is_allowed(const in6_addr& address) noexcept {
    constexpr std::array<std::uint8_t, 16> loopback = {0, 0, 0, 0, 0, 0, 0, 0,
                                                       0, 0, 0, 0, 0, 0, 0, 1};
    constexpr std::array<std::uint8_t, 16> eks = {0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0,
                                                  0,    0, 0,    0,    0, 0, 0, 0x23};
    const auto is = [&address](const auto& other) {
        return std::equal(other.begin(), other.end(), std::begin(address.s6_addr));
    };
    return is(loopback) || is(eks);
}

// Whether libcurl and the resolver are sure to look up the same name. So a dot at the end, which
// libcurl may drop, and letters outside ASCII, which it would convert, are not allowed.
bool is_plain_name(std::string_view host) noexcept {
    return !host.empty() && host.back() != '.' && std::all_of(host.begin(), host.end(), [](char c) {
        return detail::is_lower(detail::lower(c)) || detail::is_digit(c) || c == '-' || c == '.' ||
               c == '_';
    });
}

[[noreturn]] void reject(const std::string& host, const std::string& why) {
    throw credentials_error("the host " + detail::in_quotes(host) +
                            " is refused: without https only 127.0.0.0/8, ::1, 169.254.170.2, "
                            "169.254.170.23 and fd00:ec2::23 are allowed, and it " +
                            why);
}

}  // namespace

std::vector<std::string> system_addresses(const std::string& host, const std::stop_token& stop) {
    detail::name_lookup_result result = detail::look_up_name(host, std::nullopt, stop);
    const std::string what = "the host " + detail::in_quotes(host) + ": " + result.why;
    switch (result.end) {
        case detail::lookup_end::found:
            return std::move(result.addresses);
        case detail::lookup_end::stopped:
            throw cancelled_error(what);
        case detail::lookup_end::no_thread:
            throw detail::thread_shortage(what);
        case detail::lookup_end::failed:
        case detail::lookup_end::timed_out:
            break;
    }
    throw credentials_error(what);
}

bool is_allowed_address(const std::string& address) noexcept {
    if (const auto v4 = ipv4(address.c_str())) {
        return is_allowed(*v4);
    }
    const auto v6 = ipv6(address.c_str());
    return v6 && is_allowed(*v6);
}

std::vector<std::string> checked_addresses(const std::string& host, const host_resolver& resolve) {
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    const std::string bare = is_bracketed ? host.substr(1, host.size() - 2) : host;
    if (is_bracketed || ipv4(bare.c_str())) {
        if (!is_allowed_address(bare)) {
            reject(host, "is none of them");
        }
        return {};
    }
    if (!is_plain_name(host)) {
        reject(host, "is not a plain name");
    }
    std::vector<std::string> addresses = resolve(host);
    if (addresses.empty()) {
        reject(host, "has no address");
    }
    const auto forbidden =
        std::find_if_not(addresses.begin(), addresses.end(), &is_allowed_address);
    if (forbidden != addresses.end()) {
        reject(host, "has the address " + detail::in_quotes(*forbidden));
    }
    return addresses;
}

}  // namespace dsql::aws
