// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of the shared AWS files. For any text the result must keep the rules of the
// format or the error must name file and line, and every profile must resolve to a source or to an
// error.
#include <dsql/error.hpp>

#include "aws/shared_files/profile_chain.hpp"
#include "aws/shared_files/shared_files.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace dsql::aws;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool is_lower_case(std::string_view key) {
    return std::none_of(key.begin(), key.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void check(const profile_map& sections) {
    for (const auto& [name, settings] : sections) {
        require(!name.empty());
        for (const auto& [key, value] : settings) {
            require(!key.empty() && is_lower_case(key));
            const std::string_view text = value;
            require(!text.ends_with(' ') && !text.starts_with(' '));
            static_cast<void>(sub_property(value, "endpoint_url"));
        }
    }
}

// Checks that an error has the form "file:LINE: reason" and does not contain the line.
void check_message(std::string_view message) {
    require(message.starts_with("file:"));
    message.remove_prefix(5);
    const std::size_t digits = message.find_first_not_of("0123456789");
    require(digits > 0 && message.substr(digits).starts_with(": "));
    require(message.size() < 100);
}

shared_sections parse(std::string_view text, shared_file kind) {
    try {
        shared_sections sections = parse_shared_file(text, kind, "file");
        check(sections.profiles);
        check(sections.sso_sessions);
        check(sections.services);
        return sections;
    } catch (const dsql::credentials_error& refused) {
        check_message(refused.what());
        return {};
    }
}

void resolve(const shared_files& files, const std::string& profile) {
    try {
        const profile_chain chain = resolve_profile_chain(files, profile);
        require(!chain.visited.empty() && chain.visited.front() == profile);
        require(chain.visited.back() == chain.base_profile);
        require(chain.roles.size() <= chain.visited.size());
    } catch (const dsql::credentials_error& refused) {
        require(std::string_view(refused.what()).starts_with("profile \""));
    }
}

}  // namespace

// NOLINTNEXTLINE(misc-unused-parameters): libFuzzer defines name and signature
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    shared_sections config = parse(text, shared_file::config);
    const shared_sections credentials = parse(text, shared_file::credentials);
    const shared_files files{
        .config_path = "config",
        .credentials_path = "credentials",
        .profiles = merge_profiles(std::move(config.profiles), credentials.profiles),
        .sso_sessions = std::move(config.sso_sessions),
        .services = std::move(config.services)};
    for (const auto& [name, settings] : files.profiles) {
        resolve(files, name);
    }
    return 0;
}
