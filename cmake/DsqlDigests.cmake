# SPDX-License-Identifier: Apache-2.0
# How SHA-256 is computed, which every token needs: src/base/digest.cpp.
set(DSQL_DIGESTS auto CACHE STRING
    "SHA-256 by OpenSSL's low-level functions (low-level), by EVP (evp: slower, and by the FIPS provider where OpenSSL is configured so), or by the first that OpenSSL has (auto)")
set_property(CACHE DSQL_DIGESTS PROPERTY STRINGS auto low-level evp)

include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES OpenSSL::Crypto)
check_cxx_source_compiles("
    #define OPENSSL_SUPPRESS_DEPRECATED
    #include <openssl/sha.h>
    int main() { SHA256_CTX state; return SHA256_Init(&state); }" DSQL_HAS_LOW_LEVEL_SHA256)
unset(CMAKE_REQUIRED_LIBRARIES)

set(DSQL_DIGESTS_BY_EVP FALSE)
if(DSQL_DIGESTS STREQUAL "evp" OR (DSQL_DIGESTS STREQUAL "auto" AND NOT DSQL_HAS_LOW_LEVEL_SHA256))
    set(DSQL_DIGESTS_BY_EVP TRUE)
elseif(NOT DSQL_DIGESTS MATCHES "^(auto|low-level)$")
    message(FATAL_ERROR "DSQL_DIGESTS is \"${DSQL_DIGESTS}\", but can only be auto, low-level or evp")
elseif(NOT DSQL_HAS_LOW_LEVEL_SHA256)
    message(FATAL_ERROR "DSQL_DIGESTS is low-level, but this OpenSSL has no SHA256_Init; set it to auto or evp")
endif()
