// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace dsql_local {

/// What a FATAL refusal tells the client.
struct refusal {
    std::string sqlstate;
    std::string message;
    std::string hint = {};  ///< empty: no HINT is sent
};

/// Ends a login; the session answers with the refusal it carries.
class login_refused : public std::runtime_error {
public:
    explicit login_refused(refusal why) : std::runtime_error(why.message), why_(std::move(why)) {}

    const refusal& why() const noexcept { return why_; }

private:
    refusal why_;
};

/// A refusal for bytes that do not follow PostgreSQL's protocol (SQLSTATE 08P01).
login_refused protocol_violation(const std::string& message);

/// The bytes of an ErrorResponse of severity FATAL in protocol version 3.
std::string encode_error_response(const refusal& why);

}  // namespace dsql_local
