// SPDX-License-Identifier: Apache-2.0
// The library's own rules are not public. What libpq is told here is for another program, whose
// libpq may be of another version than the one loaded.
#include "trust_roots.hpp"

#include <openssl/x509.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace dsql_cli {

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
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

bool has_files(const char* directory) {
    std::error_code failure;
    const std::filesystem::directory_iterator entries(directory, failure);
    return !failure && entries != std::filesystem::directory_iterator();
}

bool openssl_has_default_store() {
    return non_empty_variable(X509_get_default_cert_file_env()) != nullptr ||
           non_empty_variable(X509_get_default_cert_dir_env()) != nullptr ||
           is_readable(X509_get_default_cert_file()) || has_files(X509_get_default_cert_dir());
}

std::string system_roots(bool knows_system) {
    if (knows_system && openssl_has_default_store()) {
        return "system";
    }
    if (const char* named = non_empty_variable(X509_get_default_cert_file_env())) {
        return named;
    }
    for (const char* bundle : bundles) {
        if (is_readable(bundle)) {
            return bundle;
        }
    }
    throw std::runtime_error(
        "no trust store found: install the package ca-certificates, or give "
        "--ssl-root-cert");
}

}  // namespace

std::string root_certificate(const std::string& configured, bool knows_system) {
    if (configured.empty() || configured == "system") {
        return system_roots(knows_system);
    }
    if (!is_readable(configured.c_str())) {
        throw std::runtime_error("cannot read the root certificates in " + configured + ": " +
                                 std::strerror(errno));
    }
    return configured;
}

}  // namespace dsql_cli
