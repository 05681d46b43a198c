// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

namespace dsql::detail {

/// Whether the environment holds at least one of the two keys. A blank value counts as none.
[[nodiscard]] bool environment_has_keys();

/// The environment's keys. Throws `credentials_error` when one of the two is missing.
[[nodiscard]] credentials read_environment_credentials();

}  // namespace dsql::detail
