// SPDX-License-Identifier: Apache-2.0
#include "login/test_identity.hpp"

#include "login/sigv4.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace dsql_local {
namespace {

constexpr std::string_view section_start = "identity=";
constexpr std::size_t arn_parts = 6;  // arn:partition:service::account:resource

// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
bool is_iam_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("+=,.@-_").find(c) != std::string_view::npos;
    });
}

std::vector<std::string_view> split_at_colons(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t colon = text.find(':');
        parts.push_back(text.substr(0, colon));
        if (colon == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(colon + 1);
    }
}

bool is_iam_arn(std::string_view name) {
    const auto parts = split_at_colons(name);
    return parts.size() == arn_parts && parts[0] == "arn" && parts[1].starts_with("aws") &&
           (parts[2] == "iam" || parts[2] == "sts") && parts[3].empty() && parts[4].size() == 12 &&
           parts[5].find('/') != std::string_view::npos;
}

// Returns the position of the next line that begins a section; the size of the text if there is
// none.
std::size_t find_section(std::string_view text, std::size_t from) {
    for (std::size_t at = from; at < text.size(); at = text.find('\n', at) + 1) {
        if (text.substr(at).starts_with(section_start)) {
            return at;
        }
        if (text.find('\n', at) == std::string_view::npos) {
            break;
        }
    }
    return text.size();
}

test_identity parse_section(std::string_view section, const std::string& region) {
    const std::size_t end = std::min(section.find('\n'), section.size());
    const std::string name(section.substr(section_start.size(), end - section_start.size()));
    const auto arn = identity_arn(name);
    if (!arn) {
        throw keys_file_error(
            "a line identity= must give the name or the ARN of an IAM role or user");
    }
    try {
        section.remove_prefix(std::min(end + 1, section.size()));
        return {.arn = *arn, .keys = parse_keys(section, region)};
    } catch (const keys_file_error& error) {
        throw keys_file_error("below identity=" + name + ": " + error.what());
    }
}

}  // namespace

std::optional<std::string> identity_arn(std::string_view name) {
    if (is_iam_arn(name)) {
        return std::string(name);
    }
    return is_iam_name(name) ? std::optional("arn:aws:iam::000000000000:role/" + std::string(name))
                             : std::nullopt;
}

test_identity parse_identity(std::string_view text, const std::string& region) {
    const auto parts = split_at_colons(text);
    const std::size_t name_parts = parts[0] == "arn" ? std::min(arn_parts, parts.size()) : 1;
    std::size_t name_size = name_parts - 1;
    for (std::size_t i = 0; i < name_parts; ++i) {
        name_size += parts[i].size();
    }
    const auto arn = identity_arn(text.substr(0, name_size));
    if (!arn) {
        throw std::invalid_argument("not the name or the ARN of an IAM role or user");
    }
    const std::vector<std::string> given(parts.begin() + static_cast<std::ptrdiff_t>(name_parts),
                                         parts.end());
    test_keys keys = random_keys(region);
    keys.session_token.reset();
    if (given.empty()) {
        return {.arn = *arn, .keys = std::move(keys)};
    }
    const bool is_complete = std::none_of(given.begin(), given.end(),
                                          [](const std::string& part) { return part.empty(); });
    if (given.size() < 2 || given.size() > 3 || !is_complete) {
        throw std::invalid_argument(
            "after the name, give KEY-ID:SECRET or KEY-ID:SECRET:SESSION-TOKEN");
    }
    keys.access_key_id = given[0];
    keys.secret_access_key = given[1];
    if (given.size() == 3) {
        keys.session_token = given[2];
    }
    return {.arn = *arn, .keys = std::move(keys)};
}

std::vector<test_identity> parse_identities(std::string_view text, const std::string& region) {
    std::size_t at = find_section(text, 0);
    std::vector<test_identity> identities{
        {.arn = std::string(first_identity_arn), .keys = parse_keys(text.substr(0, at), region)}};
    while (at < text.size()) {
        const std::size_t next = find_section(text, at + 1);
        identities.push_back(parse_section(text.substr(at, next - at), region));
        at = next;
    }
    return identities;
}

std::vector<test_identity> read_identities(const std::filesystem::path& file,
                                           const std::string& region) {
    try {
        return parse_identities(read_keys_text(file), region);
    } catch (const keys_file_error& error) {
        throw keys_file_error("keys file " + file.string() + ": " + error.what());
    }
}

const test_identity& choose_identity(const std::vector<test_identity>& identities,
                                     std::string_view token) {
    constexpr std::string_view parameter = "X-Amz-Credential=";
    const std::size_t at = token.find(parameter);
    if (at == std::string_view::npos) {
        return identities.front();
    }
    token.remove_prefix(at + parameter.size());
    const std::string credential = percent_decode(token.substr(0, token.find('&'))).value_or("");
    const std::string_view id = std::string_view(credential).substr(0, credential.find('/'));
    const auto found = std::find_if(
        identities.begin(), identities.end(),
        [id](const test_identity& identity) { return identity.keys.access_key_id == id; });
    return found == identities.end() ? identities.front() : *found;
}

}  // namespace dsql_local
