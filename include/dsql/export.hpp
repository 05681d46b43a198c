// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/language.hpp>

/// Marks what a shared library of this project shows to its users; everything else stays hidden.
#if defined(__GNUC__) || defined(__clang__)
#define DSQL_EXPORT __attribute__((visibility("default")))
#else
#define DSQL_EXPORT
#endif
