// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/private_link.hpp"
#include "doctor/tcp_socket.hpp"
#include "format.hpp"
#include "name_lookup.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <string>

namespace dsql_cli::doctor {

namespace {

constexpr const char* check_the_name =
    "check identifier and region of the host name on the cluster's page in the AWS console, "
    "whether this machine's resolver works, and, for a private endpoint, that this is in its VPC; "
    "through a tunnel, give --host-address";

constexpr const char* check_the_private_name =
    "a private name of a PrivateLink endpoint has an address only in the VPC of the endpoint, and "
    "only if private DNS is enabled for it; elsewhere give --host-address with the endpoint's own "
    "name, vpce-....vpce.amazonaws.com";
constexpr const char* check_the_address =
    "check the name given as --host-address; the names of a PrivateLink endpoint are those that "
    "\"aws ec2 describe-vpc-endpoints\" shows as DnsEntries";

const char* advice_for(const dsql::endpoint& endpoint) {
    if (!endpoint.host_address.empty()) {
        return check_the_address;
    }
    return describe_private_link(endpoint).empty() ? check_the_name : check_the_private_name;
}

findings describe_lookup_error(const std::string& summary, const dsql::endpoint& endpoint) {
    return {{.result = outcome::failed, .summary = summary, .advice = advice_for(endpoint)}};
}

bool is_numeric(const std::string& address) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (getaddrinfo(address.c_str(), nullptr, &hints, &found) != 0) {
        return false;
    }
    freeaddrinfo(found);
    return true;
}

}  // namespace

findings check_dns(doctor_context& context) {
    const dsql::endpoint& endpoint = context.endpoint;
    if (is_numeric(endpoint.host_address)) {
        context.addresses = {endpoint.host_address};
        return {
            {.result = outcome::skipped,
             .summary = "nothing to look up: the address " + endpoint.host_address + " is given"}};
    }
    const std::string& name = endpoint.host_address.empty() ? endpoint.host : endpoint.host_address;
    const std::optional<lookup_result> found = look_up_within(name, context.options.timeout);
    if (!found) {
        return describe_lookup_error("no answer for " + name + " within " +
                                         std::to_string(context.options.timeout.count()) + " ms",
                                     endpoint);
    }
    if (found->status != 0 || found->addresses.empty()) {
        return describe_lookup_error("no address for " + name + ": " + gai_strerror(found->status),
                                     endpoint);
    }
    context.addresses = found->addresses;
    const long long v6 = std::count_if(context.addresses.begin(), context.addresses.end(), &is_v6);
    const long long v4 = static_cast<long long>(context.addresses.size()) - v6;
    return {{.summary = std::to_string(v4) + " IPv4 and " + std::to_string(v6) +
                        " IPv6 addresses: " + join(context.addresses),
             .facts = {{"ipv4", v4}, {"ipv6", v6}, {"addresses", context.addresses}}}};
}

}  // namespace dsql_cli::doctor
