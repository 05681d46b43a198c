// SPDX-License-Identifier: Apache-2.0
#include "aws/profiles/shared_files.hpp"

#include <dsql/error.hpp>

#include "config/environment.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace dsql::detail {

namespace {

// A '#' or ';' begins a comment only behind white space: secrets may hold either.
std::string_view without_comment(std::string_view line) {
    for (std::size_t i = 1; i < line.size(); ++i) {
        if ((line[i] == '#' || line[i] == ';') && is_space(line[i - 1])) {
            return trim(line.substr(0, i));
        }
    }
    return trim(line);
}

// The AWS CLI puts profile names with spaces in quotes.
std::string_view without_quotes(std::string_view name) {
    const bool is_quoted = name.size() >= 2 && (name.front() == '\'' || name.front() == '"') &&
                           name.back() == name.front();
    return is_quoted ? name.substr(1, name.size() - 2) : name;
}

class parser {
public:
    parser(shared_file kind, const std::string& path) : kind_(kind), path_(path) {}

    profile_map parse(std::string_view text) {
        while (!text.empty()) {
            ++line_number_;
            const std::size_t end = std::min(text.find('\n'), text.size());
            read_line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        merge_plain_default();
        return std::move(profiles_);
    }

private:
    void read_line(std::string_view line) {
        const std::string_view content = trim(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') {
            return;
        }
        if (content.front() == '[' && !is_space(line.front())) {
            read_section(content);
        } else if (is_space(line.front())) {
            check_continuation();
        } else {
            read_property(content);
        }
    }

    void read_section(std::string_view content) {
        const std::size_t end = content.find(']');
        if (end == std::string_view::npos) {
            fail("the section name has no closing bracket");
        }
        has_property_ = false;
        section_ = section_of(trim(content.substr(1, end - 1)));
        in_section_ = true;
        if (section_) {
            profiles_.try_emplace(*section_);
        }
    }

    // The profile a section is about; none for a section that is not a profile's.
    std::optional<std::string> section_of(std::string_view name) const {
        if (kind_ == shared_file::credentials) {
            return std::string(name);
        }
        if (name == "default") {
            return plain_default;
        }
        constexpr std::string_view prefix = "profile";
        if (!name.starts_with(prefix) || name.size() == prefix.size() ||
            !is_space(name[prefix.size()])) {
            return std::nullopt;
        }
        return std::string(without_quotes(trim(name.substr(prefix.size()))));
    }

    void check_continuation() const {
        if (!has_property_) {
            fail("an indented line has no setting above it to continue");
        }
    }

    void read_property(std::string_view content) {
        const std::size_t equals = content.find('=');
        if (equals == std::string_view::npos) {
            fail("expected key = value");
        }
        if (!in_section_) {
            fail("a setting stands before the first [section]");
        }
        std::string key = lower(trim(content.substr(0, equals)));
        if (key.empty()) {
            fail("a setting has no name");
        }
        has_property_ = true;
        if (section_) {
            profiles_[*section_][std::move(key)] = without_comment(content.substr(equals + 1));
        }
    }

    // In the config file [profile default] wins over [default], whole.
    void merge_plain_default() {
        const auto plain = profiles_.extract(std::string(plain_default));
        if (!plain.empty() && !profiles_.contains("default")) {
            profiles_["default"] = plain.mapped();
        }
    }

    [[noreturn]] void fail(std::string_view why) const {
        // The line itself may hold a secret: it is not shown.
        throw credentials_error(path_ + ":" + std::to_string(line_number_) + ": " +
                                std::string(why));
    }

    // No section of a file can have this name: a line ends before it.
    static constexpr const char* plain_default = "\ndefault";

    const shared_file kind_;
    const std::string& path_;
    int line_number_ = 0;
    profile_map profiles_;
    std::optional<std::string> section_;
    bool in_section_ = false;
    bool has_property_ = false;
};

// The keys of a profile are one thing: an id of one file and a token of the other would never work.
void forget_keys_if_replaced(profile_settings& merged, const profile_settings& replacement) {
    constexpr std::array keys = {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"};
    if (replacement.contains(keys[0]) || replacement.contains(keys[1])) {
        for (const char* key : keys) {
            merged.erase(key);
        }
    }
}

std::string path_of(const char* variable, const char* fallback) {
    const std::string named = environment_variable(variable);
    return expand_home(named.empty() ? fallback : named);
}

[[noreturn]] void fail_to_read(const std::string& path) {
    throw credentials_error("cannot read " + path + ": " + std::generic_category().message(errno));
}

std::string read_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               &std::fclose);
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return {};
        }
        fail_to_read(path);
    }
    std::string text;
    std::array<char, 4096> part;
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), file.get())) {
        text.append(part.data(), size);
    }
    if (std::ferror(file.get()) != 0) {
        fail_to_read(path);
    }
    return text;
}

}  // namespace

profile_map parse_shared_file(std::string_view text, shared_file kind, const std::string& path) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    return parser(kind, path).parse(text);
}

std::string sub_property(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos && lower(trim(line.substr(0, equals))) == key) {
            return std::string(trim(line.substr(equals + 1)));
        }
    }
    return {};
}

shared_files load_shared_files() {
    shared_files files;
    files.config_path = path_of("AWS_CONFIG_FILE", "~/.aws/config");
    files.credentials_path = path_of("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    files.profiles =
        parse_shared_file(read_file(files.config_path), shared_file::config, files.config_path);
    profile_map credentials = parse_shared_file(read_file(files.credentials_path),
                                                shared_file::credentials, files.credentials_path);
    for (auto& [name, settings] : credentials) {
        profile_settings& merged = files.profiles[name];
        forget_keys_if_replaced(merged, settings);
        for (auto& [key, value] : settings) {
            merged.insert_or_assign(key, std::move(value));
        }
    }
    return files;
}

std::string selected_profile() {
    for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
        std::string profile(trim(environment_variable(name)));
        if (!profile.empty()) {
            return profile;
        }
    }
    return "default";
}

}  // namespace dsql::detail
