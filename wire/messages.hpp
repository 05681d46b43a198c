// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire {

/// Appends `value` in network byte order.
void append_uint32(std::string& bytes, std::uint32_t value);

/// Reads a number in network byte order from the first four bytes. Precondition: there are four.
std::uint32_t read_uint32(std::string_view bytes);

/// Appends `text` and a NUL.
void append_c_string(std::string& bytes, std::string_view text);

/// Removes the text up to the next NUL, and the NUL, from the front of `bytes` and returns the
/// text. Takes all of `bytes` if there is no NUL.
std::string_view take_c_string(std::string_view& bytes);

/// Encodes a message of protocol 3: its type, its length, its body.
std::string encode_message(char type, std::string_view body);

/// The fields of an ErrorResponse. Empty fields are not sent.
struct error_response {
    std::string sqlstate;
    std::string message;
    std::string hint = {};
    std::string detail = {};
};

/// A login failed. The session sends the response to the client.
class login_error : public std::runtime_error {
public:
    explicit login_error(error_response response)
        : std::runtime_error(response.message), response_(std::move(response)) {}

    const error_response& response() const noexcept { return response_; }

private:
    error_response response_;
};

/// The error for bytes that do not follow PostgreSQL's protocol (SQLSTATE 08P01).
login_error protocol_violation(const std::string& message);

/// Encodes an ErrorResponse of protocol 3.
std::string encode_error_response(const error_response& response,
                                  std::string_view severity = "FATAL");

/// Returns a field of the body of an ErrorResponse; empty if the field is missing.
std::string_view find_error_field(std::string_view body, char type);

/// The codes that a client may send first instead of a protocol version.
enum class request_code : std::uint32_t {
    cancel = 80877102,
    ssl = 80877103,
    gss = 80877104,
};

/// The largest startup packet that PostgreSQL accepts, with its length field.
constexpr std::uint32_t max_startup_packet_size = 10'004;

/// The version of the protocol that PostgreSQL 15 and DSQL have.
constexpr std::uint32_t protocol_version_3_0 = 0x0003'0000;

/// Parameter names and values in the order in which the client sent them.
using startup_parameters = std::vector<std::pair<std::string, std::string>>;

struct startup_message {
    std::uint32_t protocol_version = 0;
    startup_parameters parameters = {};
};

/// Parses a StartupMessage without its length field. Throws login_error: 08P01 if it is malformed,
/// 0A000 if the protocol version is not 3.
startup_message parse_startup_message(std::string_view packet);

/// Returns the names of the protocol options, which begin with `_pq_.`, among parameters.
std::vector<std::string> protocol_options(const startup_parameters& parameters);

/// Encodes a NegotiateProtocolVersion: version 3.0, and the options that are not supported.
std::string encode_version_negotiation(const std::vector<std::string>& options);

/// Encodes a StartupMessage with its length field.
std::string encode_startup_message(const startup_message& message);

}  // namespace wire
