// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/examination.hpp"
#include "doctor/finding.hpp"

namespace dsql_cli::doctor {

/// Host, region and where it comes from, and the other settings.
[[nodiscard]] findings check_config(examination& seen);
/// Each source of credentials that is asked.
[[nodiscard]] findings check_credentials(examination& seen);
/// This machine's clock, against the Date that AWS STS, or what `AWS_ENDPOINT_URL_STS` names, puts
/// on an answer.
[[nodiscard]] findings check_clock(examination& seen);
/// The host's addresses.
[[nodiscard]] findings check_dns(examination& seen);
/// Whether each address takes a connection.
[[nodiscard]] findings check_tcp(examination& seen);
/// A handshake of the doctor's own: version, ALPN, certificate chain, name, dates.
[[nodiscard]] findings check_tls(examination& seen);
/// Whether the server takes a token, by a connect of the library's.
[[nodiscard]] findings check_login(examination& seen);
/// SELECT 1, and a statement that reads a table.
[[nodiscard]] findings check_query(examination& seen);
/// The libpq in use and what it can do.
[[nodiscard]] findings check_libpq(examination& seen);
/// How long a round trip takes.
[[nodiscard]] findings check_round_trip(examination& seen);
/// A row written, committed and removed, where that was asked for.
[[nodiscard]] findings check_write(examination& seen);

}  // namespace dsql_cli::doctor
