// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <string>
#include <system_error>

namespace dsql::detail {

/// Thrown when no thread can be started to fetch credentials or to make a token. Unlike other
/// errors of credentials, it may pass by itself.
class thread_shortage final : public credentials_error {
public:
    using credentials_error::credentials_error;  // with a text of its own
    /// `purpose` is what the thread was wanted for, such as "make a token".
    thread_shortage(const std::string& purpose, const std::system_error& failure)
        : credentials_error("no thread to " + purpose + " on: " + failure.what()) {}
};

}  // namespace dsql::detail
