// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The objects of a process that forks. Its child finds them as they were at that moment.
struct inherited_objects {
    dsql::config settings{};
    std::shared_ptr<dsql::credentials_provider> provider{};
    std::unique_ptr<dsql::token_generator> tokens{};
    std::unique_ptr<dsql::connection> session{};
    std::unique_ptr<dsql::pool> pool{};
};

/// What a thread does while another thread of its process forks.
struct scenario {
    const char* name = "";
    /// Sets the environment up, before there is a second thread.
    std::function<void()> environment{};
    /// Makes the objects.
    std::function<void(inherited_objects&)> prepare{};
    /// What the thread does. The child does it too, with objects of its own, unless `in_child` is
    /// set.
    std::function<void(inherited_objects&)> work{};
    std::function<void(inherited_objects&)> in_child{};
};

/// What a server of credentials answers.
[[nodiscard]] inline std::string keys_document() {
    return R"({"AccessKeyId": "a", "SecretAccessKey": "s", "Token": "t", )"
           R"("Expiration": "2999-01-01T00:00:00Z"})";
}

/// All scenarios. `url` is that of a server of credentials.
[[nodiscard]] std::vector<scenario> scenarios(const std::string& url);

/// Uses what a child process may use, and what it must not: connects, makes tokens, and finds that
/// the parent's connections are refused. Throws `std::runtime_error`, or what the library throws.
void use_in_child(const scenario& what, inherited_objects& parents);
