// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/open_connection.hpp"

#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "base/ip_address.hpp"
#include "base/sent_secrets.hpp"
#include "pg/connect/connect_host_operation.hpp"
#include "pg/connect/resolver.hpp"
#include "pg/io/blocking_driver.hpp"
#include "pg/libpq_version.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dsql::pg {

namespace {

std::vector<std::string> addresses_of(const login& target, const deadline& until,
                                      const std::stop_token& stop) {
    if (!needs_lookup(target)) {
        return {target.host_address};
    }
    return resolve(target.host_address.empty() ? target.host : target.host_address, until, stop);
}

}  // namespace

bool needs_lookup(const login& target) noexcept {
    return !detail::is_ip_address(target.host_address);
}

owned_handle open_connection(const login& target, const deadline& until,
                             const std::stop_token& stop) {
    detail::note_sent_secret(target.password);
    std::string certificate = root_certificate(target.ssl_root_cert, knows_system_trust_store());
    connect_host_operation connecting(target, addresses_of(target, until, stop),
                                      std::move(certificate), until);
    switch (run(connecting, until, stop)) {
        case wait_result::stopped:
            throw cancelled_error("stopped" + connecting.progress());
        case wait_result::timed_out:
            throw timeout_error("timed out" + connecting.progress() +
                                ": the server does not answer");
        case wait_result::ready:
            break;
    }
    return connecting.take();
}

}  // namespace dsql::pg
