// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/scoped_environment.hpp"

#include <cerrno>
#include <clocale>
#include <cstring>
#include <string>

/// During the lifetime of this object, messages of libpq and the C library are in German, if the
/// translations are installed.
class translated_messages {
public:
    translated_messages() : before_(std::setlocale(LC_ALL, nullptr)) {
        environment_.set("LANGUAGE", "de");
        std::setlocale(LC_ALL, "C.UTF-8");
    }
    ~translated_messages() { std::setlocale(LC_ALL, before_.c_str()); }
    translated_messages(const translated_messages&) = delete;
    translated_messages& operator=(const translated_messages&) = delete;

    /// Whether the translations of the C library are installed.
    [[nodiscard]] static bool work() {
        const translated_messages german;
        return std::string(std::strerror(ECONNREFUSED)) != "Connection refused";
    }

private:
    const std::string before_;
    scoped_environment environment_{};
};
