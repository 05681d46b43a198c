// SPDX-License-Identifier: Apache-2.0
// Fuzzes what becomes of a server's certificate in an error: names, issuers and times. The input is
// a chain of certificates in DER. Each check that OpenSSL reports is described, and no description
// may have control characters or be long.
#include "pg/connect/certificate_check.hpp"
#include "require.hpp"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace {

constexpr const char* host = "abc.dsql.us-east-1.on.aws";

int describe(int succeeded, X509_STORE_CTX* context) {
    if (succeeded != 1) {
        const dsql::pg::server_fault fault = dsql::pg::certificate_fault(context, host);
        require(fault.reason != dsql::distrust_reason::none && !fault.text.empty());
        require_harmless(fault.text);
    }
    return 1;  // goes on, to hear of each fault
}

void free_chain(STACK_OF(X509) * chain) {
    sk_X509_pop_free(chain, &X509_free);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(sk_X509_new_null(),
                                                                           &free_chain);
    const unsigned char* at = data;
    while (X509* const next = d2i_X509(nullptr, &at, static_cast<long>(data + size - at))) {
        sk_X509_push(chain.get(), next);
    }
    if (sk_X509_num(chain.get()) == 0) {
        return 0;
    }
    const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> nobody(X509_STORE_new(),
                                                                    &X509_STORE_free);
    const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> context(X509_STORE_CTX_new(),
                                                                             &X509_STORE_CTX_free);
    X509_STORE_CTX_init(context.get(), nobody.get(), sk_X509_value(chain.get(), 0), chain.get());
    X509_STORE_CTX_set_default(context.get(), "ssl_server");
    X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context.get()), host, 0);
    X509_STORE_CTX_set_verify_cb(context.get(), &describe);
    X509_verify_cert(context.get());
    return 0;
}
