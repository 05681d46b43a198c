// SPDX-License-Identifier: Apache-2.0
#include "aws/shared_files/profile_ref.hpp"

#include <dsql/error.hpp>

#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::aws {

namespace {

std::size_t common_prefix_length(std::string_view one, std::string_view other) {
    const auto ends =
        std::mismatch(one.begin(), one.end(), other.begin(), other.end(),
                      [](char a, char b) { return detail::lower(a) == detail::lower(b); });
    return static_cast<std::size_t>(ends.first - one.begin());
}

// Returns at most ten names of profiles and the number of the others. The names that begin like
// `wanted` come first, because `wanted` may be mistyped.
std::string profile_names(const profile_map& profiles, std::string_view wanted) {
    constexpr std::size_t most = 10;
    constexpr std::size_t longest = 64;
    std::vector<std::string_view> found;
    found.reserve(profiles.size());
    for (const auto& [name, settings] : profiles) {
        found.push_back(name);
    }
    std::stable_sort(
        found.begin(), found.end(), [wanted](std::string_view one, std::string_view other) {
            return common_prefix_length(one, wanted) > common_prefix_length(other, wanted);
        });
    std::string names;
    for (std::size_t i = 0; i < std::min(most, found.size()); ++i) {
        names += (names.empty() ? "" : ", ") + detail::in_quotes(found[i], longest);
    }
    if (found.size() > most) {
        names += " and " + std::to_string(found.size() - most) + " more";
    }
    return names.empty() ? "none" : names;
}

[[noreturn]] void fail_missing(const shared_files& files, const std::string& name,
                               const std::string& referrer) {
    const std::string subject = referrer.empty()
                                    ? "profile " + detail::in_quotes(name)
                                    : "profile " + detail::in_quotes(referrer) +
                                          ": source_profile " + detail::in_quotes(name);
    throw credentials_error(subject + ": not in " + files.credentials_path + " nor in " +
                            files.config_path +
                            "; profiles found: " + profile_names(files.profiles, name));
}

}  // namespace

profile_ref::profile_ref(const shared_files& files, const std::string& name,
                         const std::string& referrer)
    : files_(files), name_(name) {
    const auto found = files.profiles.find(name);
    if (found == files.profiles.end()) {
        fail_missing(files, name, referrer);
    }
    settings_ = &found->second;
}

std::string_view profile_ref::view(std::string_view key) const {
    const auto found = settings_->find(key);
    return found == settings_->end() || detail::trim(found->second).empty()
               ? std::string_view()
               : std::string_view(found->second);
}

bool profile_ref::has_any(std::initializer_list<std::string_view> keys) const {
    return std::any_of(keys.begin(), keys.end(), [this](std::string_view key) { return has(key); });
}

std::string_view profile_ref::require_view(std::string_view key, std::string_view because) const {
    const std::string_view value = view(key);
    if (value.empty()) {
        fail(std::string(because) + " needs " + std::string(key) + ", which is missing in " +
             files_.credentials_path + " and " + files_.config_path);
    }
    return value;
}

void profile_ref::fail(std::string_view why) const {
    throw credentials_error("profile " + detail::in_quotes(name_) + ": " + std::string(why));
}

}  // namespace dsql::aws
