// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/doctor_context.hpp"
#include "doctor/finding.hpp"

namespace dsql_cli::doctor {

/// Checks the settings: the host, the region and where it comes from, the port, the trust store.
[[nodiscard]] findings check_config(doctor_context& context);
/// Fetches credentials and reports each source that was asked.
[[nodiscard]] findings check_credentials(doctor_context& context);
/// Compares this machine's clock with the Date header of AWS STS, or of the endpoint that
/// `AWS_ENDPOINT_URL_STS` names.
[[nodiscard]] findings check_clock(doctor_context& context);
/// Looks up the host's addresses.
[[nodiscard]] findings check_dns(doctor_context& context);
/// Opens a TCP connection to each address.
[[nodiscard]] findings check_tcp(doctor_context& context);
/// Performs a TLS handshake without libpq: version, ALPN, certificate chain, name and dates.
[[nodiscard]] findings check_tls(doctor_context& context);
/// Connects with the library, which shows whether the server accepts a token.
[[nodiscard]] findings check_login(doctor_context& context);
/// Says which role is granted to which IAM identity, and what is missing for the user's. Looks into
/// the cluster's catalog, as admin if the credentials can log in as admin.
[[nodiscard]] findings check_grants(doctor_context& context);
/// Runs SELECT 1 and a statement that reads a table. If the clock check had no server, compares
/// this machine's clock with the cluster's.
[[nodiscard]] findings check_query(doctor_context& context);
/// Reports the libpq in use and its features.
[[nodiscard]] findings check_libpq(doctor_context& context);
/// Measures round trips.
[[nodiscard]] findings check_round_trip(doctor_context& context);
/// Writes, commits and removes a row, if `check_options::write_table` is set.
[[nodiscard]] findings check_write(doctor_context& context);

/// Whether the loaded libpq can start TLS without an SSLRequest. docs/architecture.md lists what
/// each version of libpq can do.
[[nodiscard]] bool libpq_has_direct_tls() noexcept;
/// Whether the loaded libpq understands `sslrootcert=system`.
[[nodiscard]] bool libpq_has_system_trust_store() noexcept;

}  // namespace dsql_cli::doctor
