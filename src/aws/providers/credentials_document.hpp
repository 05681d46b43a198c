// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/json.hpp"

#include <string_view>

namespace dsql::aws {

/// Which members a credentials document must have in addition to the two keys.
struct document_rules {
    bool token_is_required = true;
    bool expiration_is_required = true;
};

/// Parses the JSON that instance metadata, container endpoints and credential processes return:
/// {"AccessKeyId", "SecretAccessKey", "Token" or "SessionToken", "Expiration", "AccountId"}. The
/// case of the names does not matter. A member that is null counts as missing, and so does a blank
/// text, except for Expiration: if it is present, it must be a valid time, and if it is missing and
/// `rules` do not require it, the credentials have no expiration. Throws `credentials_error`, which
/// names the member that is missing or malformed and never shows a value.
/// Sources: Amazon EC2 User Guide, "Retrieve security credentials from instance metadata"; AWS SDKs
/// and Tools Reference Guide, "Container credential provider", "Process credential provider".
[[nodiscard]] credentials parse_credentials_document(std::string_view text,
                                                     const document_rules& rules);

/// Parses the text of a JSON object that holds secrets. Throws `credentials_error` for any other
/// text.
[[nodiscard]] secret_json parse_secret_object(std::string_view text);

/// Reads credentials from a parsed document.
/// @see parse_credentials_document
[[nodiscard]] credentials read_credentials_document(const secret_json& document,
                                                    const document_rules& rules);

}  // namespace dsql::aws
