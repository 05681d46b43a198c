// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/error_advice.hpp"
#include "doctor/private_link.hpp"
#include "doctor/tls_handshake.hpp"
#include "format.hpp"

#include <string_view>

namespace dsql_cli::doctor {

namespace {

using std::chrono::system_clock;

constexpr std::chrono::days expiry_warning(14);

// Returns "eu-west-1" for "*.dsql.eu-west-1.on.aws", and nothing for a name of another form.
std::string region_of(std::string_view name) {
    constexpr std::string_view end = ".on.aws";
    if (!name.ends_with(end) || name.find(".dsql") == std::string_view::npos) {
        return {};
    }
    name.remove_suffix(end.size());
    return std::string(name.substr(name.rfind('.') + 1));
}

std::string advice_for_name(const handshake& result, const dsql::endpoint& endpoint) {
    for (const std::string& name : result.names) {
        const std::string region = region_of(name);
        if (!region.empty() && region != endpoint.region) {
            return "this endpoint is in region " + region + ", not in " + endpoint.region +
                   ": correct the region, in the host name, --region or AWS_REGION";
        }
        const std::string service = service_of_host(name);
        if (is_private_service(service) && service != service_of_host(endpoint.host)) {
            return "this is a PrivateLink endpoint: give --host " +
                   private_link_host(endpoint.host, {.service = service, .region = region}) +
                   " and keep the address";
        }
    }
    return "give as --host the cluster's own name, <id>.dsql.<region>.on.aws; through a tunnel or "
           "a private endpoint, keep that name and give the address by --host-address";
}

std::string compare_with_clock(const char* what, system_clock::time_point at) {
    return std::string("the certificate is ") + what + " " + format_utc(at) + ", and it is " +
           format_utc(system_clock::now()) + " by this machine's clock";
}

finding describe_bad_certificate(const handshake& result, const dsql::endpoint& endpoint,
                                 const std::string& roots) {
    finding found{.result = outcome::failed};
    switch (result.fault) {
        case certificate_fault::wrong_name:
            found.summary = "wrong name: the certificate is for " +
                            (result.names.empty() ? "no name" : join(result.names)) + ", not for " +
                            endpoint.host;
            found.advice = advice_for_name(result, endpoint);
            break;
        case certificate_fault::not_yet_valid:
            found.summary = compare_with_clock("not valid before", result.valid_from);
            found.advice = "set this machine's clock, if it is behind";
            break;
        case certificate_fault::expired:
            found.summary = compare_with_clock("expired since", result.valid_until);
            found.advice =
                "set this machine's clock, if it is ahead; else a proxy may intercept TLS between "
                "this machine and the endpoint";
            break;
        case certificate_fault::other:
            found.summary = "the certificate cannot be used: " + result.fault_text +
                            "; it was issued by " + result.issuer;
            found.advice = invalid_certificate_advice;
            break;
        default:
            found.summary = "the certificate is not trusted: " + result.fault_text +
                            "; it was issued by " + result.issuer;
            found.advice = "trusted are the authorities in " +
                           (roots == "system" ? std::string("the system's store") : roots) +
                           ": for a real cluster they must contain Amazon Root CA 1 (package "
                           "ca-certificates); for another authority, such as that of dsql-local "
                           "or a proxy that intercepts TLS, give --ssl-root-cert";
    }
    return found;
}

finding describe_good_certificate(const handshake& result) {
    const auto left =
        std::chrono::floor<std::chrono::days>(result.valid_until - system_clock::now());
    finding found{.summary = result.version + ", " + result.cipher + ", ALPN " +
                             (result.alpn.empty() ? "none" : result.alpn) + "; certificate for " +
                             join(result.names) + ", chain of " +
                             std::to_string(result.chain_length) + " verified, valid until " +
                             format_utc(result.valid_until)};
    if (left < expiry_warning) {
        found.result = outcome::warning;
        found.advice = "the chain expires in " + std::to_string(left.count()) +
                       " days: see that it is renewed";
    }
    return found;
}

finding describe_certificate(const handshake& result, const dsql::endpoint& endpoint,
                             const std::string& roots) {
    finding found = result.fault == certificate_fault::none
                        ? describe_good_certificate(result)
                        : describe_bad_certificate(result, endpoint, roots);
    found.facts = {{"version", result.version},
                   {"cipher", result.cipher},
                   {"alpn", result.alpn},
                   {"names", result.names},
                   {"issuer", result.issuer},
                   {"chain_length", static_cast<long long>(result.chain_length)},
                   {"valid_from", format_utc(result.valid_from)},
                   {"valid_until", format_utc(result.valid_until)},
                   {"verified", result.fault == certificate_fault::none}};
    return found;
}

finding describe_handshake(const handshake& result, const dsql::endpoint& endpoint,
                           const std::string& roots, bool direct) {
    if (!result.error.empty()) {
        return {.result = outcome::failed,
                .summary = "the handshake failed: " + result.error,
                .advice =
                    "is this a DSQL endpoint? A proxy or firewall on the way must pass TLS "
                    "through untouched"};
    }
    // After direct TLS, libpq requires that the server chose this ALPN protocol.
    if (direct && result.fault == certificate_fault::none && result.alpn != "postgresql") {
        return {.result = outcome::failed,
                .summary = "the server did not choose the ALPN protocol postgresql",
                .advice = "a proxy terminates TLS and does not support PostgreSQL: bypass it"};
    }
    return describe_certificate(result, endpoint, roots);
}

}  // namespace

findings check_tls(doctor_context& context) {
    const std::string& roots = context.roots;
    const bool direct = libpq_has_direct_tls();
    return {describe_handshake(tls_handshake({.host = context.endpoint.host,
                                              .address = context.reachable,
                                              .port = context.endpoint.port,
                                              .root_certificate = roots,
                                              .direct = direct,
                                              .limit = context.options.timeout}),
                               context.endpoint, roots, direct)};
}

}  // namespace dsql_cli::doctor
