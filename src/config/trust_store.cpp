// SPDX-License-Identifier: Apache-2.0
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "base/file.hpp"
#include "base/fork_guard.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace dsql {

namespace {

constexpr std::array bundles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, Amazon Linux
    "/etc/pki/tls/certs/ca-bundle.crt",                   // older Fedora, Amazon Linux 2
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine, macOS
    "/opt/homebrew/etc/openssl@3/cert.pem",               // macOS, Homebrew
    "/usr/local/etc/openssl@3/cert.pem",                  // macOS on Intel, Homebrew
};

bool is_readable(const char* path) noexcept {
    return access(path, R_OK) == 0;
}

const char* non_empty_variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

// Whether any of the directories contains a file. `directories` is separated by colons, as in
// OpenSSL's SSL_CERT_DIR.
bool has_files(std::string_view directories) {
    while (!directories.empty()) {
        const std::size_t end = std::min(directories.find(':'), directories.size());
        std::error_code failure;
        const std::filesystem::directory_iterator entries(directories.substr(0, end), failure);
        if (!failure && entries != std::filesystem::directory_iterator()) {
            return true;
        }
        directories.remove_prefix(std::min(end + 1, directories.size()));
    }
    return false;
}

// OpenSSL reads the file by name during a connect, so reading it must end: a pipe might block the
// connect forever.
void check_kind(const std::string& file, const char* setting) {
    if (const std::string reason = detail::reason_not_to_read(file); !reason.empty()) {
        throw config_error(std::string(setting) + ": cannot read " + file + ": " + reason);
    }
}

// Returns why OpenSSL cannot load certificates from a file; empty when it can. Also empty when the
// process has no free file descriptor, which the connect reports by itself. libpq loads the file in
// the same way, but only after it has reached the server, which is too late for a clear error.
std::string reason_not_to_trust(const std::string& file) {
    const detail::fork_gate no_fork;  // OpenSSL takes locks that a forked child needs
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                        &X509_STORE_free);
    ERR_set_mark();
    errno = 0;
    std::string reason;
    if (store == nullptr || X509_STORE_load_locations(store.get(), file.c_str(), nullptr) != 1) {
        const unsigned long last = ERR_peek_last_error();
        const char* const text = ERR_reason_error_string(last);
        errno = ERR_GET_REASON(last) == ERR_R_MALLOC_FAILURE ? ENOMEM : errno;
        reason = text == nullptr ? "unknown error" : text;
    }
    const int error = errno;
    ERR_pop_to_mark();
    if (!reason.empty() && error == ENOMEM) {
        throw std::bad_alloc();
    }
    if (error == EMFILE || error == ENFILE) {
        reason.clear();
    }
    return reason;
}

void check_certificates(const std::string& file, const char* setting) {
    if (const std::string reason = reason_not_to_trust(file); !reason.empty()) {
        throw config_error(std::string(setting) + ": " + file +
                           " does not hold certificates in PEM format: " + reason);
    }
}

void check_readable(const std::string& file, const char* setting) {
    if (!is_readable(file.c_str())) {
        throw config_error(std::string(setting) + ": cannot read " + file + ": " +
                           std::strerror(errno));
    }
    check_kind(file, setting);
}

// Checks the files that OpenSSL's environment variables name. OpenSSL silently ignores a missing
// one and then trusts no certificate at all.
void check_variables(const char* file, const char* directory) {
    if (file != nullptr) {
        check_readable(file, X509_get_default_cert_file_env());
    } else if (directory != nullptr && !has_files(directory) &&
               !is_readable(X509_get_default_cert_file())) {
        throw config_error(std::string(X509_get_default_cert_dir_env()) + ": " + directory +
                           " holds no certificates; it must be a directory of the form that "
                           "\"openssl rehash\" makes");
    }
}

// Whether OpenSSL's default trust store, which libpq uses for "system", contains anything. It
// consists of a file and a directory; each can be replaced by an environment variable.
bool openssl_has_default_store(const char* file, const char* directory) {
    return is_readable(file != nullptr ? file : X509_get_default_cert_file()) ||
           has_files(directory != nullptr ? directory : X509_get_default_cert_dir());
}

std::string system_trust_store(bool supports_system) {
    const char* const file = non_empty_variable(X509_get_default_cert_file_env());
    const char* const directory = non_empty_variable(X509_get_default_cert_dir_env());
    check_variables(file, directory);
    if (supports_system && openssl_has_default_store(file, directory)) {
        return "system";
    }
    if (file != nullptr) {
        return file;
    }
    std::string searched;
    for (const char* bundle : bundles) {
        if (is_readable(bundle)) {
            return bundle;
        }
        searched += (searched.empty() ? "" : ", ") + std::string(bundle);
    }
    throw config_error("no trust store found; looked for " + searched +
                       ". Install the package ca-certificates, or set ssl_root_cert");
}

}  // namespace

std::string root_certificate(const std::string& file, bool supports_system) {
    if (file.empty() || file == "system") {
        return system_trust_store(supports_system);
    }
    check_readable(file, "ssl_root_cert");
    check_certificates(file, "ssl_root_cert");
    return file;
}

}  // namespace dsql
