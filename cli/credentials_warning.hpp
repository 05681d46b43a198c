// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/observer.hpp>

#include <memory>
#include <string>

namespace dsql_cli {

/// "EC2 instance metadata returned credentials that expired at ...; they stay in use, and the next
/// attempt to renew them is at ..."
[[nodiscard]] std::string refresh_failure_text(const dsql::credentials_refresh_event& event);

/// An observer that writes a warning to standard error when credentials stay in use that could not
/// be renewed.
[[nodiscard]] std::shared_ptr<dsql::observer> credentials_warning();

}  // namespace dsql_cli
