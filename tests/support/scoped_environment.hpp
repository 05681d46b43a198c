// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>

/// Changes environment variables. The destructor restores them.
class scoped_environment {
public:
    scoped_environment() = default;
    scoped_environment(const scoped_environment&) = delete;
    scoped_environment& operator=(const scoped_environment&) = delete;
    ~scoped_environment() {
        for (const auto& [name, value] : before_) {
            if (value) {
                setenv(name.c_str(), value->c_str(), 1);
            } else {
                unsetenv(name.c_str());
            }
        }
    }

    void set(const std::string& name, const std::string& value) {
        remember(name);
        setenv(name.c_str(), value.c_str(), 1);
    }

    void unset(const std::string& name) {
        remember(name);
        unsetenv(name.c_str());
    }

    /// Removes all variables that the library reads.
    void clear() {
        for (char** entry = environ; *entry != nullptr;) {
            const std::string name(*entry, std::strcspn(*entry, "="));
            if (is_read_by_the_library(name)) {
                unset(name);  // the following entries move up
            } else {
                ++entry;
            }
        }
        set("AWS_CONFIG_FILE", "/nonexistent/config");
        set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials");
    }

private:
    static bool is_read_by_the_library(const std::string& name) {
        return name.starts_with("AWS_") || name.starts_with("DSQL_") || name.ends_with("_proxy") ||
               name.ends_with("_PROXY") || name.starts_with("SSL_CERT_");
    }

    void remember(const std::string& name) {
        const char* value = std::getenv(name.c_str());
        before_.try_emplace(name,
                            value == nullptr ? std::nullopt : std::optional<std::string>(value));
    }

    std::map<std::string, std::optional<std::string>> before_;
};
