// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

namespace dsql::pg {

/// What an operation has to say of an exchange that went wrong. It knows no statement:
/// `session::drive` puts that behind the text.
class exchange_error : public error {
public:
    using error::error;
};

}  // namespace dsql::pg
