// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_local {

/// What a refusal tells the client. What is empty is not sent.
struct refusal {
    std::string sqlstate;
    std::string message;
    std::string hint = {};
    std::string detail = {};
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

/// The bytes of an ErrorResponse in protocol version 3.
std::string encode_error_response(const refusal& why, std::string_view severity = "FATAL");

/// The value of a field of an ErrorResponse's body; empty when it is not there.
std::string_view find_error_field(std::string_view body, char type);

}  // namespace dsql_local
