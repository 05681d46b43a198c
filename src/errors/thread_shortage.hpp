// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

namespace dsql::detail {

/// Thrown when no thread can be started to fetch credentials or to make a token. Unlike other
/// errors of credentials, it may pass by itself.
class thread_shortage final : public credentials_error {
public:
    using credentials_error::credentials_error;
};

}  // namespace dsql::detail
