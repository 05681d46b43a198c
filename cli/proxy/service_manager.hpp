// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql_cli::proxy {

/// Tells systemd, if it has started the program as a service of Type=notify, that clients can
/// connect now. Source: sd_notify(3).
void notify_ready() noexcept;

}  // namespace dsql_cli::proxy
