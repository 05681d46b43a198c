// SPDX-License-Identifier: Apache-2.0
// Measures the generation of a token. Run: build/release/bin/dsql_token_bench
//
// The baseline is a naive signer: SigV4 with OpenSSL 3's HMAC() and with SHA-256 through EVP.
#include <dsql/credentials.hpp>
#include <dsql/token.hpp>

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace {

using std::chrono::system_clock;

constexpr std::string_view long_token_pattern = "abcdefghijklmnopqrstuvwxyzABCDEFGH/+";

std::string session_token(std::size_t size) {
    std::string token;
    while (token.size() < size) {
        token += long_token_pattern;
    }
    token.resize(size);
    return token;
}

dsql::config config_with_token_of(std::size_t session_token_size) {
    return {.host = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws",
            .credentials = dsql::static_credentials(
                {.access_key_id = "ASIAIOSFODNN7EXAMPLE",
                 .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                 .session_token = session_token(session_token_size)})};
}

// Warm: the signing key of the day is cached.
void warm_token(benchmark::State& state) {
    dsql::token_generator tokens(config_with_token_of(static_cast<std::size_t>(state.range(0))));
    const auto now = system_clock::now();
    for (auto _ : state) {
        benchmark::DoNotOptimize(tokens.generate(now));
    }
}
BENCHMARK(warm_token)->ArgName("session_token")->Arg(0)->Arg(1000);

// Cold: each token is for another day, so the signing key is derived each time.
void cold_token(benchmark::State& state) {
    dsql::token_generator tokens(config_with_token_of(static_cast<std::size_t>(state.range(0))));
    const std::array days = {system_clock::now(), system_clock::now() + std::chrono::hours(24)};
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(tokens.generate(days[++i % 2]));
    }
}
BENCHMARK(cold_token)->ArgName("session_token")->Arg(0)->Arg(1000);

void cached_token(benchmark::State& state) {
    dsql::token_generator tokens(config_with_token_of(0));
    for (auto _ : state) {
        benchmark::DoNotOptimize(tokens.get());
    }
}
BENCHMARK(cached_token);

// Everything: resolve the endpoint, make the generator, derive the key, sign the token.
void generate_token_from_config(benchmark::State& state) {
    const dsql::config settings = config_with_token_of(0);
    for (auto _ : state) {
        benchmark::DoNotOptimize(dsql::generate_token(settings));
    }
}
BENCHMARK(generate_token_from_config);

std::string hmac(const std::string& key, const std::string& text) {
    std::array<unsigned char, 32> digest{};
    unsigned int size = digest.size();
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hex_digest(const std::string& text) {
    std::array<unsigned char, 32> digest{};
    unsigned int size = digest.size();
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

// Hashes and signs a request of the same size in the obvious way.
void naive_openssl_signature(benchmark::State& state) {
    const std::string request(500, 'r');
    for (auto _ : state) {
        const std::string key = hmac(
            hmac(
                hmac(hmac("AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20260102"), "us-east-1"),
                "dsql"),
            "aws4_request");
        benchmark::DoNotOptimize(
            hmac(key, "AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/dsql/aws4_request\n" +
                          hex_digest(request)));
    }
}
BENCHMARK(naive_openssl_signature);

}  // namespace
