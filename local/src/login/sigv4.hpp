// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_local {

/// Query parameters as decoded name and value.
using query_parameters = std::vector<std::pair<std::string, std::string>>;

/// Encodes and sorts `parameters` the way Signature Version 4 wants them.
std::string canonical_query(const query_parameters& parameters);

/// What a signature over a DSQL token depends on.
struct signing_input {
    std::string_view secret_access_key;
    std::string_view host;  ///< lower case, no port
    std::string_view region;
    std::string_view amz_date;         ///< yyyymmddThhmmssZ
    std::string_view canonical_query;  ///< without X-Amz-Signature
};

/// `yyyymmdd/region/dsql/aws4_request` for the day of `amz_date`.
std::string credential_scope(std::string_view amz_date, std::string_view region);

/// The Signature Version 4 of `GET /?query` with an empty body and `host` as its only header,
/// as 64 lower-case hex digits. Throws std::runtime_error when OpenSSL fails.
std::string token_signature(const signing_input& input);

}  // namespace dsql_local
