// SPDX-License-Identifier: Apache-2.0
#pragma once

#if __cplusplus < 202002L
#error "dsql needs C++20: compile with -std=c++20, or target_compile_features(... cxx_std_20)"
// A file that is missing ends the compilation, so that no other errors follow.
#include <dsql needs C++20>
#endif

/// Marks the symbols that a shared library of this project exports; all others stay hidden.
#if defined(__GNUC__) || defined(__clang__)
#define DSQL_EXPORT __attribute__((visibility("default")))
#else
#define DSQL_EXPORT
#endif
