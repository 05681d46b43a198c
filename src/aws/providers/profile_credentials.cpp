// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/profile_credentials.hpp"

#include <dsql/error.hpp>

#include "config/text.hpp"

#include <utility>

namespace dsql {

namespace detail {

namespace {

std::string profile_names(const profile_map& profiles) {
    std::string names;
    for (const auto& [name, settings] : profiles) {
        names += (names.empty() ? "" : ", ") + in_quotes(name);
    }
    return names.empty() ? "none" : names;
}

std::string value_of(const profile_settings& settings, std::string_view key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string() : found->second;
}

[[noreturn]] void fail_missing_profile(const shared_files& files, const std::string& profile) {
    throw credentials_error("profile " + in_quotes(profile) + ": not in " + files.credentials_path +
                            " nor in " + files.config_path +
                            "; profiles found: " + profile_names(files.profiles));
}

}  // namespace

credentials read_profile_credentials(const std::string& profile) {
    const shared_files files = load_shared_files();
    const auto found = files.profiles.find(profile);
    if (found == files.profiles.end()) {
        fail_missing_profile(files, profile);
    }
    credentials keys{.access_key_id = value_of(found->second, "aws_access_key_id"),
                     .secret_access_key = value_of(found->second, "aws_secret_access_key"),
                     .session_token = value_of(found->second, "aws_session_token")};
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
        const char* missing =
            keys.access_key_id.empty() ? "aws_access_key_id" : "aws_secret_access_key";
        throw credentials_error("profile " + in_quotes(profile) + ": " + missing +
                                " is missing in " + files.credentials_path + " and " +
                                files.config_path);
    }
    return keys;
}

std::string read_profile_region(const std::string& profile) {
    const shared_files files = load_shared_files();
    const auto found = files.profiles.find(profile);
    return found == files.profiles.end() ? std::string() : value_of(found->second, "region");
}

}  // namespace detail

namespace {

class profile_provider final : public credentials_provider {
public:
    explicit profile_provider(std::string profile) : profile_(std::move(profile)) {}
    credentials get() override {
        return detail::read_profile_credentials(profile_.empty() ? detail::selected_profile()
                                                                 : profile_);
    }

private:
    const std::string profile_;
};

}  // namespace

std::shared_ptr<credentials_provider> profile_credentials(std::string profile) {
    return std::make_shared<profile_provider>(std::move(profile));
}

}  // namespace dsql
