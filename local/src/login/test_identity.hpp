// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/test_keys.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// An IAM identity and its keys. The first identity of an endpoint is that of the test keys; it may
/// log in as admin. `AWS IAM GRANT role TO 'arn'` lets an identity log in as another role.
struct test_identity {
    std::string arn;
    test_keys keys = {};
};

/// The ARN of the first identity.
constexpr std::string_view first_identity_arn = "arn:aws:iam::000000000000:user/dsql-local";

/// Returns the ARN of an identity: `name` itself if it is an ARN, else that of a role with this
/// name. Returns std::nullopt if it is neither an ARN of IAM or STS nor a name that IAM allows.
std::optional<std::string> identity_arn(std::string_view name);

/// Parses NAME, NAME:KEY-ID:SECRET or NAME:KEY-ID:SECRET:SESSION-TOKEN, where NAME is a name or an
/// ARN. Makes random keys without a session token if there are none. Throws std::invalid_argument,
/// whose message does not contain the keys.
test_identity parse_identity(std::string_view text, const std::string& region);

/// Parses the text of a keys file: the keys of the first identity, then sections that each begin
/// with a line `identity=NAME`, where NAME is a name or an ARN. Throws keys_file_error without the
/// file's name.
std::vector<test_identity> parse_identities(std::string_view text, const std::string& region);

/// Reads the identities of a keys file. Throws keys_file_error.
std::vector<test_identity> read_identities(const std::filesystem::path& file,
                                           const std::string& region);

/// Returns the identity whose access key id is in the token; the first one if there is none. It is
/// not verified that the token is that identity's. Precondition: `identities` is not empty.
const test_identity& choose_identity(const std::vector<test_identity>& identities,
                                     std::string_view token);

}  // namespace dsql_local
