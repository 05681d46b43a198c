// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <functional>

namespace dsql {

/// Called with each notice (WARNING, NOTICE, INFO, ...) that the server sends, on the thread that
/// uses the connection, while it waits for an answer. It must not use that connection; what it
/// throws is dropped. The argument is valid during the call.
using notice_handler = std::function<void(const server_error_fields&)>;

}  // namespace dsql
