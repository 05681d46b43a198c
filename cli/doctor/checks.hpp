// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/doctor_context.hpp"
#include "doctor/finding.hpp"

namespace dsql_cli::doctor {

/// Host, region and where it comes from, and the other settings.
[[nodiscard]] findings check_config(doctor_context& seen);
/// Each source of credentials that is asked.
[[nodiscard]] findings check_credentials(doctor_context& seen);
/// This machine's clock, against the Date that AWS STS, or what `AWS_ENDPOINT_URL_STS` names, puts
/// on an answer.
[[nodiscard]] findings check_clock(doctor_context& seen);
/// The host's addresses.
[[nodiscard]] findings check_dns(doctor_context& seen);
/// Whether each address takes a connection.
[[nodiscard]] findings check_tcp(doctor_context& seen);
/// A handshake of the doctor's own: version, ALPN, certificate chain, name, dates.
[[nodiscard]] findings check_tls(doctor_context& seen);
/// Whether the server takes a token, by a connect of the library's.
[[nodiscard]] findings check_login(doctor_context& seen);
/// SELECT 1, and a statement that reads a table.
[[nodiscard]] findings check_query(doctor_context& seen);
/// The libpq in use and what it can do.
[[nodiscard]] findings check_libpq(doctor_context& seen);
/// How long a round trip takes.
[[nodiscard]] findings check_round_trip(doctor_context& seen);
/// A row written, committed and removed, where that was asked for.
[[nodiscard]] findings check_write(doctor_context& seen);

}  // namespace dsql_cli::doctor
