// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/json.hpp"

#include <string_view>

namespace dsql::detail {

/// What must be in a credentials document besides the two keys.
struct document_rules {
    bool token_is_required = true;
    bool expiration_is_required = true;
};

/// Reads {"AccessKeyId", "SecretAccessKey", "Token" or "SessionToken", "Expiration", "AccountId"},
/// the JSON that instance metadata, containers and processes answer with. The members' names are in
/// any case; one that is null counts as missing, and so does a blank text, except for Expiration.
/// Expiration is read, never guessed: one that is there has to be a moment, an absent one is none.
/// Throws `credentials_error` that says what is missing or malformed and never shows a value.
/// Sources: Amazon EC2 User Guide, "Retrieve security credentials from instance metadata"; AWS SDKs
/// and Tools Reference Guide, "Container credential provider", "Process credential provider".
[[nodiscard]] credentials parse_credentials_document(std::string_view text,
                                                     const document_rules& rules);

/// Parses the text of an object that holds secrets. Throws `credentials_error` for anything else.
[[nodiscard]] secret_json parse_secret_object(std::string_view text);

/// The same for a document that was already parsed.
[[nodiscard]] credentials read_credentials_document(const secret_json& document,
                                                    const document_rules& rules);

}  // namespace dsql::detail
