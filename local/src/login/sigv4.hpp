// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_local {

/// Decodes a percent-encoded text. Returns std::nullopt for a reserved byte of RFC 3986 that is not
/// encoded and for a malformed escape, so that a client that forgets to encode `+` or `/` fails
/// here and not only on Aurora DSQL.
std::optional<std::string> percent_decode(std::string_view text);

/// A UTC time in whole seconds, which is the resolution of X-Amz-Date.
using seconds_point = std::chrono::sys_seconds;

/// Formats `time` as `yyyymmddThhmmssZ`.
std::string format_amz_time(seconds_point time);

/// Parses `yyyymmddThhmmssZ`. Returns std::nullopt for another form and for an invalid date or
/// time.
std::optional<seconds_point> parse_amz_time(std::string_view text);

/// Query parameters as pairs of decoded name and value.
using query_parameters = std::vector<std::pair<std::string, std::string>>;

/// Encodes and sorts `parameters` into the canonical query string of Signature Version 4.
std::string canonical_query(const query_parameters& parameters);

/// The input of the signature of a DSQL token.
struct signing_input {
    std::string_view secret_access_key;
    std::string_view host;  ///< lower case, no port
    std::string_view region;
    std::string_view amz_date;         ///< yyyymmddThhmmssZ
    std::string_view canonical_query;  ///< without X-Amz-Signature
};

/// Returns `yyyymmdd/region/dsql/aws4_request` for the day of `amz_date`.
std::string credential_scope(std::string_view amz_date, std::string_view region);

/// Computes the Signature Version 4 of `GET /?query` with an empty body and `host` as the only
/// signed header. Returns 64 lower-case hex digits. Throws std::runtime_error if OpenSSL fails.
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
std::string token_signature(const signing_input& input);

}  // namespace dsql_local
