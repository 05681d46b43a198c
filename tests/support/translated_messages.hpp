// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/scoped_environment.hpp"

#include <cerrno>
#include <clocale>
#include <cstring>
#include <string>

/// While it lives, libpq and the C library speak German, as far as they have been translated.
class translated_messages {
public:
    translated_messages() : before_(std::setlocale(LC_ALL, nullptr)) {
        environment_.set("LANGUAGE", "de");
        std::setlocale(LC_ALL, "C.UTF-8");
    }
    ~translated_messages() { std::setlocale(LC_ALL, before_.c_str()); }
    translated_messages(const translated_messages&) = delete;
    translated_messages& operator=(const translated_messages&) = delete;

    /// Whether the C library has its translations on this machine.
    [[nodiscard]] static bool work() {
        const translated_messages german;
        return std::string(std::strerror(ECONNREFUSED)) != "Connection refused";
    }

private:
    const std::string before_;
    scoped_environment environment_{};
};
