// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql_cli::doctor {

/// What the libpq that is loaded can do; see the table in docs/architecture.md.
[[nodiscard]] bool libpq_knows_direct_tls() noexcept;
[[nodiscard]] bool libpq_knows_system_trust_store() noexcept;

}  // namespace dsql_cli::doctor
