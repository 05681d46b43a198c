// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/tcp_socket.hpp"
#include "format.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace dsql_cli::doctor {

namespace {

struct answer {
    int status = 0;
    std::vector<std::string> addresses{};
};

constexpr const char* check_the_name =
    "check identifier and region of the host name on the cluster's page in the AWS console, "
    "whether this machine's resolver works, and, for a private endpoint, that this is in its VPC; "
    "through a tunnel, give --host-address";

std::string numeric(const addrinfo& found) {
    std::array<char, NI_MAXHOST> text{};
    const int status = getnameinfo(found.ai_addr, found.ai_addrlen, text.data(), text.size(),
                                   nullptr, 0, NI_NUMERICHOST);
    return status == 0 ? text.data() : std::string();
}

answer look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    answer found{.status = getaddrinfo(host.c_str(), nullptr, &hints, &first)};
    if (found.status != 0) {
        return found;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(first, &freeaddrinfo);
    for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
        if (std::string address = numeric(*one); !address.empty()) {
            found.addresses.push_back(std::move(address));
        }
    }
    return found;
}

// getaddrinfo cannot be interrupted: a lookup that takes too long is left to itself.
std::optional<answer> look_up_within(const std::string& host, std::chrono::milliseconds limit) {
    std::packaged_task<answer()> task([host] { return look_up(host); });
    std::future<answer> pending = task.get_future();
    std::thread(std::move(task)).detach();
    if (pending.wait_for(limit) != std::future_status::ready) {
        return std::nullopt;
    }
    return pending.get();
}

findings of_failure(const std::string& summary) {
    return {{.result = outcome::failed, .summary = summary, .advice = check_the_name}};
}

}  // namespace

findings check_dns(doctor_context& seen) {
    const dsql::endpoint& place = seen.place;
    if (!place.host_address.empty()) {
        seen.addresses = {place.host_address};
        return {{.result = outcome::skipped,
                 .summary = "nothing to look up: the address " + place.host_address + " is given"}};
    }
    const std::optional<answer> found = look_up_within(place.host, seen.asked.timeout);
    if (!found) {
        return of_failure("no answer for " + place.host + " within " +
                          std::to_string(seen.asked.timeout.count()) + " ms");
    }
    if (found->status != 0 || found->addresses.empty()) {
        return of_failure("no address for " + place.host + ": " + gai_strerror(found->status));
    }
    seen.addresses = found->addresses;
    const long long v6 = std::count_if(seen.addresses.begin(), seen.addresses.end(), &is_v6);
    const long long v4 = static_cast<long long>(seen.addresses.size()) - v6;
    return {{.summary = std::to_string(v4) + " IPv4 and " + std::to_string(v6) +
                        " IPv6 addresses: " + joined(seen.addresses),
             .facts = {{"ipv4", v4}, {"ipv6", v6}, {"addresses", seen.addresses}}}};
}

}  // namespace dsql_cli::doctor
