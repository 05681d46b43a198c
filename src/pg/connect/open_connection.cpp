// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/open_connection.hpp"

#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "pg/connect/connect_operation.hpp"
#include "pg/connect/resolver.hpp"
#include "pg/io/blocking_driver.hpp"
#include "pg/libpq_version.hpp"

#include <exception>
#include <optional>
#include <vector>

namespace dsql::pg {

namespace {

std::string where(const login& target, const std::string& address) {
    return target.host + " (" + address + ", port " + std::to_string(target.port) + ")";
}

owned_handle connect_to(const login& target, const std::string& address,
                        const std::string& root_certificate, const deadline& until,
                        const std::stop_token& stop) {
    connect_operation connecting(target, address, root_certificate);
    const wait_result result = run(connecting, until, stop);
    if (result == wait_result::ready) {
        return connecting.take();
    }
    const std::string progress = " while connecting to " + where(target, address) +
                                 ", in the phase " + std::string(to_string(connecting.phase()));
    if (result == wait_result::stopped) {
        throw cancelled_error("stopped" + progress);
    }
    throw timeout_error("timed out" + progress + ": the server does not answer");
}

// An address that does not answer must not use up the time of those behind it.
deadline share_of(const deadline& until, std::size_t addresses_left) {
    return deadline(*until.left() / static_cast<long>(addresses_left));
}

// Whether another address of the same host may do better. A server that spoke will say the same
// again.
bool worth_another_address(const connection_error& failure) {
    return failure.server_message().empty();
}

owned_handle connect_to_first(const login& target, const std::vector<std::string>& addresses,
                              const std::string& root_certificate, const deadline& until,
                              const std::stop_token& stop) {
    for (std::size_t i = 0;; ++i) {
        const std::size_t left = addresses.size() - i;
        try {
            return connect_to(target, addresses[i], root_certificate, share_of(until, left), stop);
        } catch (const connection_error& failure) {
            if (left == 1 || !worth_another_address(failure)) {
                throw;
            }
        } catch (const timeout_error&) {
            if (left == 1) {
                throw;
            }
        }
    }
}

}  // namespace

owned_handle open_connection(const login& target, const deadline& until,
                             const std::stop_token& stop) {
    const std::string certificate =
        root_certificate(target.ssl_root_cert, knows_system_trust_store());
    if (!target.host_address.empty()) {
        return connect_to(target, target.host_address, certificate, until, stop);
    }
    return connect_to_first(target, resolve(target.host, until, stop), certificate, until, stop);
}

}  // namespace dsql::pg
