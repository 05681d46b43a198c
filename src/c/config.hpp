// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include <dsql.h>

/// The settings behind a handle of the C interface.
struct dsql_config {
    dsql::config settings{};
};
