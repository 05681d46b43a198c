// SPDX-License-Identifier: Apache-2.0
// What a man in the middle, or a wrong server, can do on a connect: each case has its error, and no
// byte of the token gets out. Prints a table. Run with each libpq, and with an OPENSSL_CONF that
// allows everything.
#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/pool.hpp>
#include <dsql/token.hpp>

#include "pg/connect/certificate_check.hpp"
#include "pg/connect/connect_host_operation.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/io/blocking_driver.hpp"
#include "support/certificates.hpp"
#include "support/hostile_server.hpp"
#include "support/leak_search.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace man_in_the_middle_test {

using dsql::connection_error;
using dsql::connection_phase;
using dsql::distrust_reason;
using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr const char* host = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws";
constexpr const char* good_name = "*.dsql.us-east-1.on.aws";

// The authority that the client trusts, and one of the same name.
const certified_key& authority() {
    static const certified_key made({.common_name = "Trusted CA", .is_authority = true});
    return made;
}

const std::string& trusted_file() {
    static const temporary_file file(authority().pem());
    return file.path();
}

const certified_key& good_certificate() {
    static const certified_key made = authority().issue({.dns_names = {good_name}});
    return made;
}

// A message of PostgreSQL's protocol.
std::string message(char type, const std::string& body) {
    const auto size = static_cast<unsigned>(body.size() + 4);
    std::string text(1, type);
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        text += static_cast<char>(size >> shift & 0xffU);
    }
    return text + body;
}

std::string authentication(char method, const std::string& more = {}) {
    return message('R', "\0\0\0"s + method + more);
}

const std::string cleartext = authentication(3);
const std::string logged_in = authentication(0) + message('Z', "I");
const std::string rate_exceeded = message('E', "SFATAL\0VFATAL\0C53400\0Mrate exceeded\0\0"s);

// Asks for the password if it gets that far.
hostile_script shows(const certified_key& certificate, std::vector<certified_key> chain = {}) {
    return {.shown = certificate, .intermediates = std::move(chain), .after_startup = cleartext};
}

hostile_script shows(const certificate_request& request) {
    return shows(authority().issue(request));
}

hostile_script with_good_certificate() {
    return shows(good_certificate());
}

hostile_script plain(const std::string& answer, const std::string& in_place_of_tls) {
    return {.answer_to_request = answer, .in_place_of_tls = in_place_of_tls};
}

hostile_script asks(const std::string& messages) {
    hostile_script script = with_good_certificate();
    script.after_startup = messages;
    return script;
}

struct hostile_case {
    const char* name;
    std::function<hostile_script()> script;
    connection_phase phase = connection_phase::tls;
    distrust_reason distrust = distrust_reason::none;
    const char* text = "";             ///< a part of the error's text
    const char* text_of_15 = nullptr;  ///< with libpq 15, if another
};

void PrintTo(const hostile_case& one, std::ostream* to) {
    *to << one.name;
}

std::vector<hostile_case> in_place_of_tls() {
    constexpr auto tls = connection_phase::tls;
    constexpr auto none = distrust_reason::none;
    // After direct TLS, everything but TLS looks the same.
    const auto text = [](const char* with_15) {
        return PQlibVersion() >= 170000 ? "wrong version number" : with_15;
    };
    return {
        {"PlainText", [=] { return plain("N", rate_exceeded); }, tls, none,
         text("server does not support SSL, but SSL was required")},
        {"StrippedTls", [=] { return plain("N" + cleartext, cleartext); }, tls, none,
         text("server does not support SSL, but SSL was required")},
        {"BytesBeforeTheHandshake",
         [=] {
             hostile_script script = plain("S" + cleartext, "");
             if (PQlibVersion() >= 170000) {
                 script.in_place_of_tls = cleartext;
             } else {
                 script.shown = good_certificate();
             }
             return script;
         },
         tls, none, text("received unencrypted data after SSL response")},
        {"AnErrorInPlaceOfTls", [=] { return plain(rate_exceeded, rate_exceeded); }, tls, none,
         text("server sent an error response during SSL exchange")},
        {"AnErrorOfTheOldProtocolInPlaceOfTls",
         [=] {
             const std::string error = "EFATAL:  53400: rate exceeded\n\0"s;
             return plain(error, error);
         },
         tls, none, text("server sent an error response during SSL exchange")},
        {"AnAlertInPlaceOfTls", [=] { return plain("S", "\x15\x03\x03\x00\x02\x02\x28"s); }, tls,
         none, "alert handshake failure"},
        {"AnotherProtocol", [=] { return plain("H", "HTTP/1.1 400 Bad Request\r\n\r\n"); }, tls,
         none, text("received invalid response to SSL negotiation: H")},
    };
}

std::vector<hostile_case> certificates() {
    constexpr auto tls = connection_phase::tls;
    constexpr auto unknown = distrust_reason::certificate_unknown_authority;
    constexpr auto wrong_host = distrust_reason::certificate_wrong_host;
    constexpr auto invalid = distrust_reason::certificate_invalid;
    return {
        {"Expired", [] { return shows({.dns_names = {good_name}, .valid_until = -60s}); }, tls,
         distrust_reason::certificate_expired, "the server's certificate expired at 20"},
        {"NotYetValid", [] { return shows({.dns_names = {good_name}, .valid_from = 3600s}); }, tls,
         distrust_reason::certificate_not_yet_valid,
         "the server's certificate is not valid before 20"},
        {"AnExpiredIntermediate",
         [] {
             const certified_key old = authority().issue(
                 {.common_name = "Old CA", .valid_until = -60s, .is_authority = true});
             return shows(old.issue({.dns_names = {good_name}}), {old});
         },
         tls, distrust_reason::certificate_expired,
         "the certificate of the authority \"Old CA\" expired at 20"},
        {"SelfSigned",
         [] { return shows(certified_key({.common_name = host, .dns_names = {host}})); }, tls,
         unknown, "the server's certificate is self-signed and not trusted"},
        {"OfAnotherAuthority",
         [] {
             const certified_key other({.common_name = "Other CA", .is_authority = true});
             return shows(other.issue({.dns_names = {good_name}}));
         },
         tls, unknown, "was issued by \"Other CA\", which is not trusted (trusted are those in /"},
        {"OfAnotherAuthorityWithItsChain",
         [] {
             const certified_key other({.common_name = "Other CA", .is_authority = true});
             return shows(other.issue({.dns_names = {good_name}}), {other});
         },
         tls, unknown, "the authority \"Other CA\", which the server's certificate is from"},
        {"OfAFakeAuthorityOfTheSameName",
         [] {
             const certified_key fake({.common_name = "Trusted CA", .is_authority = true});
             return shows(fake.issue({.dns_names = {good_name}}));
         },
         tls, unknown, "claims to be issued by \"Trusted CA\", but that authority did not sign it"},
        {"OfAFakeAuthorityWithItsChain",
         [] {
             const certified_key fake(
                 {.common_name = "Trusted CA", .is_authority = true, .has_key_ids = true});
             return shows(fake.issue({.dns_names = {good_name}, .has_key_ids = true}), {fake});
         },
         tls, unknown, "Trusted CA"},
        {"ForAnotherHost",
         [] {
             return shows({.dns_names = {"*.dsql.eu-west-1.on.aws", "localhost"}});
         },
         tls, wrong_host,
         "is for \"*.dsql.eu-west-1.on.aws\", \"localhost\", not for "
         "\"a1b2c3d4e5f6g7h8i9j0klmnop."},
        {"AWildcardOverTwoLabels", [] { return shows({.dns_names = {"*.us-east-1.on.aws"}}); }, tls,
         wrong_host, "is for \"*.us-east-1.on.aws\", not for "},
        {"AWildcardInsideALabel",
         [] { return shows({.dns_names = {"a1b2c3d4*.dsql.us-east-1.on.aws"}}); }, tls, wrong_host,
         "not for "},
        {"ANameThatAZeroByteCuts", [] { return shows({.dns_names = {host + "\0.example.com"s}}); },
         tls, wrong_host,
         "is for \"a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws?.example.com\", not for "},
        {"TheNameInTheCommonNameAlone", [] { return shows({.common_name = host}); }, tls,
         wrong_host, "has no DNS names"},
        {"ManyNames",
         [] {
             std::vector<std::string> names;
             for (char c = 'a'; c <= 'z'; ++c) {
                 names.push_back(c + ".example.com"s);
             }
             return shows({.dns_names = names});
         },
         tls, wrong_host, "\"e.example.com\" and 21 more names, not for "},
        {"ForAnotherPurpose",
         [] { return shows({.dns_names = {good_name}, .purpose = "clientAuth"}); }, tls, invalid,
         "is not accepted: unsuitable certificate purpose"},
        {"AnIntermediateThatIsNoAuthority",
         [] {
             const certified_key other = authority().issue({.common_name = "Other server"});
             return shows(other.issue({.dns_names = {good_name}}), {other});
         },
         tls, invalid, "is not accepted: invalid CA certificate"},
        {"SignedWithSha1", [] { return shows({.dns_names = {good_name}, .digest = EVP_sha1()}); },
         tls, invalid, "signature digest algorithm too weak"},
        {"AnRsaKeyOf1024Bits", [] { return shows({.dns_names = {good_name}, .rsa_bits = 1024}); },
         tls, invalid, "key too weak"},
        {"NamesThatLookLikeErrorsOfAServer",
         [] {
             return shows({.common_name = "FATAL:  53400: rate exceeded\nHINT:  none",
                           .dns_names = {"x\" failed: FATAL:  53400: rate exceeded\nHINT:  y"}});
         },
         tls, wrong_host, "FATAL:  53400: rate exceeded?HINT:  y"},
        {"NamesThatATerminalActsOn",
         [] {
             const std::string name = "\x1b]0;x\x07\x9b\x33\x31m\xc2\x9b\x7f"s;
             return shows(certified_key({.common_name = "\x1b[2J CA", .is_authority = true})
                              .issue({.common_name = "\x1b[31m", .dns_names = {name}}));
         },
         tls, unknown, "was issued by \"?[2J CA\""},
        {"AHostNameThatATerminalActsOn",
         [] { return shows({.dns_names = {"\x1b]0;x\x07\x9b\x33\x31m\xc2\x9b\x7f"s}}); }, tls,
         wrong_host, "is for \"?]0;x??31m???\", not for "},
    };
}

std::vector<hostile_case> handshakes() {
    return {
        {"TlsOfVersion1_1",
         [] {
             hostile_script script = with_good_certificate();
             script.highest_version = TLS1_1_VERSION;
             return script;
         },
         connection_phase::tls, distrust_reason::none, "protocol version"},
        {"AnonymousCiphers",
         [] {
             hostile_script script{.after_startup = cleartext};
             script.ciphers = "aNULL:@SECLEVEL=0";
             script.highest_version = TLS1_2_VERSION;
             return script;
         },
         connection_phase::tls, distrust_reason::none, "handshake failure"},
        {"CiphersWithoutEncryption",
         [] {
             hostile_script script = with_good_certificate();
             script.ciphers = "eNULL:@SECLEVEL=0";
             script.highest_version = TLS1_2_VERSION;
             return script;
         },
         connection_phase::tls, distrust_reason::none, "handshake failure"},
    };
}

// Before version 17, libpq does not ask for ALPN, so the server is right. It only ends the
// connection here.
std::vector<hostile_case> alpn() {
    const bool asks_for_it = PQlibVersion() >= 170000;
    const connection_phase phase = asks_for_it ? connection_phase::tls : connection_phase::auth;
    return {
        {"AnotherAlpnProtocol",
         [] {
             hostile_script script = asks("");
             script.alpn = "h2";
             return script;
         },
         phase, distrust_reason::none, "SSL ", ""},
        {"NoAlpn",
         [] {
             hostile_script script = asks("");
             script.alpn = "";
             return script;
         },
         phase, distrust_reason::none, "without ALPN protocol negotiation", ""},
    };
}

std::vector<hostile_case> authentications() {
    const auto refused = [](const char* name, const std::string& messages, const char* text) {
        return hostile_case{name, [messages] { return asks(messages); }, connection_phase::auth,
                            distrust_reason::authentication, text};
    };
    const auto in_parts = [](const char* name, const std::string& messages, const char* text) {
        return hostile_case{name,
                            [messages] {
                                hostile_script script = asks(messages);
                                script.byte_by_byte = true;
                                return script;
                            },
                            connection_phase::auth, distrust_reason::authentication, text};
    };
    const std::string scram = authentication(10, "SCRAM-SHA-256\0\0"s);
    const char* const none = "the server did not ask for a password";
    return {
        refused("Md5", authentication(5, "salt"), "asked for an MD5 hash of the password"),
        refused("Scram", scram, "asked for SASL, such as SCRAM"),
        refused("ScramWithChannelBinding",
                authentication(10, "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"s), "asked for SASL"),
        refused("SaslWithoutAKnownMechanism", authentication(10, "PLAIN\0OAUTHBEARER\0\0"s),
                "asked for SASL"),
        refused("TheEndOfSasl", authentication(12, "v=x"), "asked for SASL"),
        refused("Gss", authentication(7), "asked for GSSAPI"),
        refused("Sspi", authentication(9), "asked for SSPI"),
        refused("Kerberos", authentication(2), "asked for Kerberos V5"),
        refused("AnUnknownMethod", authentication(99), "asked for the authentication method 99"),
        refused("None", logged_in, none),
        refused("Md5AfterCleartextAtOnce", cleartext + authentication(5, "salt"),
                "asked for an MD5"),
        in_parts("Md5InParts", authentication(5, "salt"), "asked for an MD5 hash"),
        in_parts("ScramInParts", scram, "asked for SASL"),
        in_parts("NoneInParts", logged_in, none),
    };
}

std::vector<hostile_case> all_cases() {
    std::vector<hostile_case> all;
    for (const auto& some :
         {in_place_of_tls(), certificates(), handshakes(), alpn(), authentications()}) {
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

// Static keys whose parts can be searched for in a token that is signed inside the library.
dsql::credentials keys() {
    return {.access_key_id = "AKIDMANINTHEMIDDLE01",
            .secret_access_key = "the-secret-of-the-man-in-the-middle-test",
            .session_token = "The+Session/Token=Of%The-Man_In.The~Middle"};
}

dsql::config settings_for(int port) {
    return {.host = host,
            .port = port,
            .credentials = dsql::static_credentials(keys()),
            .connect_timeout = 60s,
            .host_address = "127.0.0.1",
            .ssl_root_cert = trusted_file()};
}

const std::string& token() {
    static const std::string made(dsql::generate_token(settings_for(5432)));
    return made;
}

dsql::pg::login login_for(int port) {
    return {.host = host,
            .host_address = "127.0.0.1",
            .port = port,
            .user = "admin",
            .database = "postgres",
            .password = token(),
            .application_name = "man_in_the_middle_test",
            .ssl_root_cert = trusted_file()};
}

struct outcome {
    connection_error error{connection_phase::established, "connected"};
    hostile_server::record sent{};
    std::size_t token_bytes = 0;
};

std::size_t token_bytes_in(const hostile_server::record& sent) {
    const std::string allowed = host + " admin postgres man_in_the_middle_test user"s;
    const std::string everything = sent.raw + sent.startup + sent.after_startup;
    return leak_search(token(), allowed).bytes_in(everything) +
           leak_search(std::string(keys().session_token), allowed).bytes_in(everything) +
           leak_search(std::string(keys().access_key_id), allowed).bytes_in(everything);
}

outcome attack(const hostile_script& script, const std::function<void(int port)>& connect) {
    hostile_server server(script);
    outcome seen;
    try {
        connect(server.port());
    } catch (const connection_error& failure) {
        seen.error = failure;
    }
    seen.sent = server.stop();
    seen.token_bytes = token_bytes_in(seen.sent);
    return seen;
}

void open_with_token(int port) {
    static_cast<void>(dsql::pg::open_connection(login_for(port), dsql::pg::deadline(60s), {}));
}

// The table that the tests of the suite print at their end.
struct table {
    std::vector<std::string> rows{};

    void add(const hostile_case& one, const outcome& seen) {
        std::ostringstream row;
        row << std::left << std::setw(39) << one.name << ' ' << std::setw(6)
            << to_string(seen.error.phase()) << ' ' << std::setw(38)
            << to_string(seen.error.distrust()) << " token bytes out: " << seen.token_bytes << "  ";
        const std::string what = seen.error.what();
        const std::size_t begin = what.find("failed: ");
        row << (begin == std::string::npos ? what : what.substr(begin + 8)).substr(0, 110);
        rows.push_back(row.str());
    }

    void print() const {
        std::cout << "libpq " << PQlibVersion() << ", " << rows.size() << " attacks\n";
        for (const std::string& row : rows) {
            std::cout << row.substr(0, row.find('\n')) << '\n';
        }
    }
};

class ManInTheMiddle : public testing::TestWithParam<hostile_case> {
protected:
    static void SetUpTestSuite() { table_ = {}; }
    static void TearDownTestSuite() { table_.print(); }

    static table table_;
};

table ManInTheMiddle::table_;

void expect(const hostile_case& one, const outcome& seen) {
    const std::string what = seen.error.what();
    EXPECT_EQ(seen.error.phase(), one.phase) << what;
    EXPECT_EQ(seen.error.distrust(), one.distrust) << what;
    EXPECT_EQ(seen.error.rejection(), dsql::rejection_reason::none) << what;
    EXPECT_EQ(seen.error.sqlstate(), "") << what;
    const bool is_15 = one.text_of_15 != nullptr && PQlibVersion() < 170000;
    EXPECT_NE(what.find(is_15 ? one.text_of_15 : one.text), std::string::npos) << what;
    // With libpq 15, a server without ALPN is right, and closes the connection.
    EXPECT_EQ(seen.error.is_transient(), is_15) << what;
    EXPECT_EQ(std::count_if(what.begin(), what.end(),
                            [](unsigned char c) {
                                return (c < 0x20 && c != '\n' && c != '\t') || c >= 0x7f;
                            }),
              0)
        << what;
    EXPECT_EQ(seen.sent.after_startup, "");
    EXPECT_EQ(seen.token_bytes, 0U);
}

TEST_P(ManInTheMiddle, GetsNoByteOfTheToken) {
    const outcome seen = attack(GetParam().script(), &open_with_token);
    table_.add(GetParam(), seen);
    expect(GetParam(), seen);
    const outcome by_connect = attack(GetParam().script(), [](int port) {
        static_cast<void>(dsql::connect(settings_for(port)));
    });
    expect(GetParam(), by_connect);
}

INSTANTIATE_TEST_SUITE_P(All, ManInTheMiddle, testing::ValuesIn(all_cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

// The search finds what a server gets that asks as DSQL does.
TEST(ManInTheMiddleSearch, FindsTheTokenThatIsSent) {
    const outcome seen = attack(asks(cleartext), &open_with_token);
    EXPECT_GE(seen.token_bytes, token().size());
    EXPECT_EQ(seen.error.distrust(), distrust_reason::none);
}

TEST(ManInTheMiddleSearch, FindsPartsAndEncodings) {
    const leak_search search("0123456789-The+Secret/Of=This?Test", "89-The+S");
    EXPECT_EQ(search.bytes_in("nothing of it"), 0U);
    EXPECT_EQ(search.bytes_in("xx 01234567 xx"), 8U);
    EXPECT_EQ(search.bytes_in("harmless: 89-The+S"), 0U);
    for (const char* encoded : {"0123456789-THE+SECRET", "=fO/terceS", "2d5468652b536563",
                                "%53%65%63%72%65%74", "MDEyMzQ1Njc4", "VGhlK1NlY3JldC9PZj"}) {
        EXPECT_GT(search.bytes_in(encoded), 8U) << encoded;
    }
    EXPECT_GT(search.bytes_in("S\0e\0c\0r\0e\0t\0"s), 8U);
}

// What is asked if the handshake was over before its checks could be made stricter.
TEST(ManInTheMiddleCertificate, IsCheckedAfterTheHandshakeToo) {
    const auto verified = [](const certificate_request& request, const char* name) {
        hostile_server server({.shown = authority().issue(request)});
        const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                                   &SSL_CTX_free);
        SSL_CTX_load_verify_locations(context.get(), trusted_file().c_str(), nullptr);
        const std::unique_ptr<BIO, void (*)(BIO*)> connection(BIO_new_ssl_connect(context.get()),
                                                              &BIO_free_all);
        const std::string address = "127.0.0.1:" + std::to_string(server.port());
        BIO_ctrl(connection.get(), BIO_C_SET_CONNECT, 0, const_cast<char*>(address.c_str()));
        EXPECT_EQ(BIO_do_handshake(connection.get()), 1);
        SSL* tls = nullptr;
        BIO_ctrl(connection.get(), BIO_C_GET_SSL, 0, static_cast<void*>(&tls));
        return dsql::pg::has_verified(tls, name);
    };
    EXPECT_TRUE(verified({.dns_names = {good_name}}, host));
    EXPECT_FALSE(verified({.dns_names = {good_name}}, "localhost"));
    EXPECT_FALSE(verified({.common_name = host}, host));
    EXPECT_FALSE(verified({.dns_names = {good_name}, .valid_until = -60s}, host));
}

// The other addresses must not hide it: nothing listens there.
TEST(ManInTheMiddleAddresses, ACertificateThatIsNotTrustedIsFinal) {
    hostile_server server(shows({.dns_names = {good_name}, .valid_until = -60s}));
    const dsql::pg::login login = login_for(server.port());
    const dsql::pg::deadline until(60s);
    dsql::pg::connect_host_operation connecting(login, {"127.0.0.2", "127.0.0.1", "127.0.0.3"},
                                                trusted_file(), until);
    try {
        static_cast<void>(dsql::pg::run(connecting, until, {}));
        FAIL() << "connected";
    } catch (const connection_error& failure) {
        EXPECT_EQ(failure.distrust(), distrust_reason::certificate_expired) << failure.what();
        EXPECT_FALSE(failure.is_transient());
    }
}

// It would wait for its deadline if it tried again.
TEST(ManInTheMiddlePool, AnAcquireFailsAtOnce) {
    for (const hostile_case& one : {certificates().front(), authentications().front()}) {
        hostile_server server(one.script());
        dsql::pool pool(settings_for(server.port()), {.max_connections = 1});
        try {
            static_cast<void>(pool.acquire(dsql::within(24h)));
            ADD_FAILURE() << "connected";
        } catch (const connection_error& failure) {
            EXPECT_EQ(failure.distrust(), one.distrust) << failure.what();
        }
        pool.close();
        EXPECT_EQ(token_bytes_in(server.stop()), 0U);
    }
}

// Errors that a server sends after TLS are its own.
TEST(ManInTheMiddleErrors, OfATrustedServerAreReadAndHarmless) {
    const outcome seen =
        attack(asks(message('E', "SFATAL\0VFATAL\0C53400\0Mrate \x1b[31mexceeded\0Hwait\x07\0\0"s)),
               &open_with_token);
    EXPECT_EQ(seen.error.sqlstate(), "53400");
    EXPECT_EQ(seen.error.server_message(), "rate ?[31mexceeded");
    EXPECT_EQ(seen.error.hint(), "wait?");
    EXPECT_TRUE(seen.error.is_transient());
}

// Whether a part of 12 characters of the signature is in a text, in any case and over lines.
bool shows_signature(std::string text) {
    const std::string signature = token().substr(token().rfind('=') + 1);
    std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
    for (char& c : text) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    for (std::size_t at = 0; at + 12 <= signature.size(); ++at) {
        if (text.find(signature.substr(at, 12)) != std::string::npos) {
            return true;
        }
    }
    return false;
}

TEST(ManInTheMiddleErrors, ThatQuoteTheTokenDoNotShowIt) {
    const std::string signature = token().substr(token().rfind('=') + 1);
    std::string capitals = token();
    for (char& c : capitals) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    ASSERT_TRUE(shows_signature(capitals));
    for (const std::string& quoted :
         {token(), capitals, signature.substr(7, 40), token().substr(0, token().size() - 50),
          signature.substr(0, 31) + "\n  " + signature.substr(31)}) {
        const outcome seen =
            attack(asks(message('E', "SFATAL\0VFATAL\0C08006\0Maccess denied: "s + quoted +
                                         "\0Hfor "s + quoted + "\0Dof "s + quoted + "\0\0"s)),
                   &open_with_token);
        const std::string what = seen.error.what();
        EXPECT_NE(what.find("<token redacted>"), std::string::npos) << what;
        EXPECT_FALSE(shows_signature(what)) << what;
        EXPECT_FALSE(shows_signature(seen.error.server_message())) << seen.error.server_message();
        EXPECT_FALSE(shows_signature(seen.error.hint())) << seen.error.hint();
        EXPECT_EQ(seen.error.sqlstate(), "08006");
    }
}

}  // namespace man_in_the_middle_test
