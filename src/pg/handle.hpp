// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace dsql::pg {

struct finish_handle {
    void operator()(pg_conn* handle) const noexcept { PQfinish(handle); }
};

/// A libpq connection that closes itself.
using owned_handle = std::unique_ptr<pg_conn, finish_handle>;

}  // namespace dsql::pg
