// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/libpq_features.hpp"
#include "doctor/tls_handshake.hpp"
#include "format.hpp"

#include <string_view>

namespace dsql_cli::doctor {

namespace {

using std::chrono::system_clock;

constexpr std::chrono::days soon(14);

// "eu-west-1" of "*.dsql.eu-west-1.on.aws"; empty for another form.
std::string region_of(std::string_view name) {
    constexpr std::string_view end = ".on.aws";
    if (!name.ends_with(end) || name.find(".dsql") == std::string_view::npos) {
        return {};
    }
    name.remove_suffix(end.size());
    return std::string(name.substr(name.rfind('.') + 1));
}

std::string advice_for_name(const handshake& seen, const dsql::endpoint& place) {
    for (const std::string& name : seen.names) {
        const std::string region = region_of(name);
        if (!region.empty() && region != place.region) {
            return "this endpoint is in region " + region + ", not in " + place.region +
                   ": correct the region, in the host name, --region or AWS_REGION";
        }
    }
    return "give as --host the cluster's own name, <id>.dsql.<region>.on.aws; through a tunnel or "
           "a private endpoint, keep that name and give the address by --host-address";
}

std::string moment_and_clock(const char* what, system_clock::time_point at) {
    return std::string("the certificate is ") + what + " " + utc_text(at) + ", and it is " +
           utc_text(system_clock::now()) + " by this machine's clock";
}

finding of_bad_certificate(const handshake& seen, const dsql::endpoint& place,
                           const std::string& roots) {
    finding found{.result = outcome::failed};
    switch (seen.fault) {
        case certificate_fault::wrong_name:
            found.summary = "wrong name: the certificate is for " +
                            (seen.names.empty() ? "no name" : joined(seen.names)) + ", not for " +
                            place.host;
            found.advice = advice_for_name(seen, place);
            break;
        case certificate_fault::not_yet_valid:
            found.summary = moment_and_clock("not valid before", seen.valid_from);
            found.advice = "set this machine's clock, if it is behind";
            break;
        case certificate_fault::expired:
            found.summary = moment_and_clock("expired since", seen.valid_until);
            found.advice =
                "set this machine's clock, if it is ahead; else somebody stands between "
                "this machine and the endpoint";
            break;
        default:
            found.summary = "the certificate is not trusted: " + seen.fault_text +
                            "; it was issued by " + seen.issuer;
            found.advice = "trusted is what is in " +
                           (roots == "system" ? std::string("the system's store") : roots) +
                           ": for a real cluster that has to hold Amazon Root CA 1 (package "
                           "ca-certificates); for another authority, such as that of dsql-local "
                           "or a proxy that looks into TLS, give --ssl-root-cert";
    }
    return found;
}

finding of_good_certificate(const handshake& seen) {
    const auto left = std::chrono::floor<std::chrono::days>(seen.valid_until - system_clock::now());
    finding found{.summary = seen.version + ", " + seen.cipher + ", ALPN " +
                             (seen.alpn.empty() ? "none" : seen.alpn) + "; certificate for " +
                             joined(seen.names) + ", chain of " +
                             std::to_string(seen.chain_length) + " verified, valid until " +
                             utc_text(seen.valid_until)};
    if (left < soon) {
        found.result = outcome::warning;
        found.advice = "the chain expires in " + std::to_string(left.count()) +
                       " days: see that it is renewed";
    }
    return found;
}

finding of_certificate(const handshake& seen, const dsql::endpoint& place,
                       const std::string& roots) {
    finding found = seen.fault == certificate_fault::none ? of_good_certificate(seen)
                                                          : of_bad_certificate(seen, place, roots);
    found.facts = {{"version", seen.version},
                   {"cipher", seen.cipher},
                   {"alpn", seen.alpn},
                   {"names", seen.names},
                   {"issuer", seen.issuer},
                   {"chain_length", static_cast<long long>(seen.chain_length)},
                   {"valid_from", utc_text(seen.valid_from)},
                   {"valid_until", utc_text(seen.valid_until)},
                   {"verified", seen.fault == certificate_fault::none}};
    return found;
}

finding of_handshake(const handshake& seen, const dsql::endpoint& place, const std::string& roots,
                     bool direct) {
    if (!seen.failure.empty()) {
        return {.result = outcome::failed,
                .summary = "the handshake failed: " + seen.failure,
                .advice =
                    "is this a DSQL endpoint? A proxy or firewall on the way must pass TLS "
                    "through untouched"};
    }
    // libpq insists on it where there was no SSLRequest.
    if (direct && seen.fault == certificate_fault::none && seen.alpn != "postgresql") {
        return {.result = outcome::failed,
                .summary = "the server did not choose the ALPN protocol postgresql",
                .advice =
                    "something on the way ends TLS and does not know PostgreSQL: go around "
                    "it"};
    }
    return of_certificate(seen, place, roots);
}

}  // namespace

findings check_tls(doctor_context& seen) {
    const std::string& roots = seen.roots;
    const bool direct = libpq_knows_direct_tls();
    return {of_handshake(tls_handshake({.host = seen.place.host,
                                        .address = seen.reachable,
                                        .port = seen.place.port,
                                        .root_certificate = roots,
                                        .direct = direct,
                                        .limit = seen.asked.timeout}),
                         seen.place, roots, direct)};
}

}  // namespace dsql_cli::doctor
