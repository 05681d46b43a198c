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

struct lookup_result {
    int status = 0;
    std::vector<std::string> addresses{};
};

constexpr const char* check_the_name =
    "check identifier and region of the host name on the cluster's page in the AWS console, "
    "whether this machine's resolver works, and, for a private endpoint, that this is in its VPC; "
    "through a tunnel, give --host-address";

std::string to_numeric_address(const addrinfo& found) {
    std::array<char, NI_MAXHOST> text{};
    const int status = getnameinfo(found.ai_addr, found.ai_addrlen, text.data(), text.size(),
                                   nullptr, 0, NI_NUMERICHOST);
    return status == 0 ? text.data() : std::string();
}

lookup_result look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    lookup_result found{.status = getaddrinfo(host.c_str(), nullptr, &hints, &first)};
    if (found.status != 0) {
        return found;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(first, &freeaddrinfo);
    for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
        if (std::string address = to_numeric_address(*one); !address.empty()) {
            found.addresses.push_back(std::move(address));
        }
    }
    return found;
}

// getaddrinfo cannot be interrupted, so a lookup that takes too long continues on a detached
// thread.
std::optional<lookup_result> look_up_within(const std::string& host,
                                            std::chrono::milliseconds limit) {
    std::packaged_task<lookup_result()> task([host] { return look_up(host); });
    std::future<lookup_result> pending = task.get_future();
    std::thread(std::move(task)).detach();
    if (pending.wait_for(limit) != std::future_status::ready) {
        return std::nullopt;
    }
    return pending.get();
}

findings describe_lookup_error(const std::string& summary) {
    return {{.result = outcome::failed, .summary = summary, .advice = check_the_name}};
}

}  // namespace

findings check_dns(doctor_context& context) {
    const dsql::endpoint& endpoint = context.endpoint;
    if (!endpoint.host_address.empty()) {
        context.addresses = {endpoint.host_address};
        return {
            {.result = outcome::skipped,
             .summary = "nothing to look up: the address " + endpoint.host_address + " is given"}};
    }
    const std::optional<lookup_result> found =
        look_up_within(endpoint.host, context.options.timeout);
    if (!found) {
        return describe_lookup_error("no answer for " + endpoint.host + " within " +
                                     std::to_string(context.options.timeout.count()) + " ms");
    }
    if (found->status != 0 || found->addresses.empty()) {
        return describe_lookup_error("no address for " + endpoint.host + ": " +
                                     gai_strerror(found->status));
    }
    context.addresses = found->addresses;
    const long long v6 = std::count_if(context.addresses.begin(), context.addresses.end(), &is_v6);
    const long long v4 = static_cast<long long>(context.addresses.size()) - v6;
    return {{.summary = std::to_string(v4) + " IPv4 and " + std::to_string(v6) +
                        " IPv6 addresses: " + join(context.addresses),
             .facts = {{"ipv4", v4}, {"ipv6", v6}, {"addresses", context.addresses}}}};
}

}  // namespace dsql_cli::doctor
