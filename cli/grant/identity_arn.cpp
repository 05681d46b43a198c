// SPDX-License-Identifier: Apache-2.0
#include "grant/identity_arn.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dsql_cli::grant {

namespace {

constexpr std::string_view partition_characters = "abcdefghijklmnopqrstuvwxyz-";
// What names and paths of IAM consist of.
constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-/";
constexpr std::size_t longest_resource = 600;  // a path has 512 characters, a name 64

/// The parts of arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
struct arn_parts {
    std::array<std::string_view, 6> fields{};
    bool is_whole = false;  ///< all six are there

    [[nodiscard]] std::string_view partition() const { return fields[1]; }
    [[nodiscard]] std::string_view service() const { return fields[2]; }
    [[nodiscard]] std::string_view region() const { return fields[3]; }
    [[nodiscard]] std::string_view account() const { return fields[4]; }
    [[nodiscard]] std::string_view resource() const { return fields[5]; }
};

arn_parts split_arn(std::string_view arn) {
    arn_parts parts;
    for (std::size_t i = 0; i < 5; ++i) {
        const std::size_t colon = arn.find(':');
        if (colon == std::string_view::npos) {
            return parts;
        }
        parts.fields[i] = arn.substr(0, colon);
        arn.remove_prefix(colon + 1);
    }
    parts.fields[5] = arn;
    parts.is_whole = parts.fields[0] == "arn";
    return parts;
}

bool consists_of(std::string_view text, std::string_view characters) {
    return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_account(std::string_view text) {
    return text.size() == 12 && consists_of(text, "0123456789");
}

std::string expected(std::string_view what) {
    return "expected the ARN of an IAM role or user, such as "
           "arn:aws:iam::123456789012:role/app" +
           std::string(what);
}

// The ARN of a session, as `aws sts get-caller-identity` prints it.
std::string explain_session(const arn_parts& parts) {
    constexpr std::string_view assumed = "assumed-role/";
    if (!parts.resource().starts_with(assumed)) {
        return expected(": this is the ARN of a session");
    }
    const std::string_view rest = parts.resource().substr(assumed.size());
    const std::string name(rest.substr(0, rest.find('/')));
    const bool is_sso = name.starts_with("AWSReservedSSO_");
    const std::string role = std::string("arn:")
                                 .append(parts.partition())
                                 .append(":iam::")
                                 .append(parts.account())
                                 .append(":role/")
                                 .append(is_sso ? "aws-reserved/sso.amazonaws.com/REGION/" : "")
                                 .append(name);
    return "this is the ARN of a session of a role, not of the role: use " + role +
           (is_sso ? ", as \"aws iam get-role --role-name " + name + "\" shows it"
                   : ", with the role's path if it has one: \"aws iam get-role --role-name " +
                         name + "\" shows it");
}

std::string check_name(std::string_view resource) {
    const std::string_view name = resource.substr(resource.rfind('/') + 1);
    if (resource.find('*') != std::string_view::npos) {
        return "a database role is granted to one IAM role or user at a time: no \"*\"";
    }
    if (name.empty() || resource.size() > longest_resource ||
        !consists_of(resource, name_characters)) {
        return expected(": the name after role/ or user/ is none of IAM's");
    }
    return {};
}

std::string check_resource(std::string_view resource) {
    if (resource == "root") {
        return expected(": this is the whole account");
    }
    if (resource.starts_with("instance-profile/")) {
        return expected(": this is an instance profile; use the ARN of its role");
    }
    if (resource.starts_with("group/")) {
        return expected(": this is a group, which cannot log in; use its users, or a role");
    }
    if (!resource.starts_with("role/") && !resource.starts_with("user/")) {
        return expected(": this names neither a role nor a user");
    }
    return check_name(resource);
}

}  // namespace

std::string check_identity_arn(std::string_view arn) {
    const arn_parts parts = split_arn(arn);
    if (!parts.is_whole) {
        return expected("");
    }
    const std::string_view partition = parts.partition();
    if ((partition != "aws" && !partition.starts_with("aws-")) ||
        !consists_of(partition, partition_characters)) {
        return expected(": the partition after \"arn:\" is aws, aws-cn and so on");
    }
    if (!is_account(parts.account())) {
        return expected(": an account has 12 digits");
    }
    if (parts.service() == "sts") {
        return explain_session(parts);
    }
    if (parts.service() != "iam" || !parts.region().empty()) {
        return expected(": after the partition comes \":iam::\"");
    }
    return check_resource(parts.resource());
}

}  // namespace dsql_cli::grant
