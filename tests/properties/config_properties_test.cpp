// SPDX-License-Identifier: Apache-2.0
// Properties of everything that reads a program's settings: what was printed is read back, hostile
// input gets a named error and nothing else, and no message carries a control character.
#include <dsql/config.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>
#include <dsql/profiles.hpp>
#include <dsql/sql_text.hpp>

#include "config/validate.hpp"
#include "support/random_seed.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

namespace config_properties_test {

using dsql::config;
using dsql::config_error;

// How many random cases each test has. DSQL_TEST_ROUNDS sets another number.
const int rounds = [] {
    const char* const given = std::getenv("DSQL_TEST_ROUNDS");
    return given == nullptr ? 300 : std::stoi(given);
}();

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

// Random texts of one seed.
class source_of_texts {
public:
    explicit source_of_texts(std::uint64_t seed) : random_(seed) {}

    std::size_t number(std::size_t least, std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(least, most)(random_);
    }
    bool flip() { return number(0, 1) == 1; }
    std::string from(std::string_view alphabet, std::size_t least, std::size_t most) {
        std::string text(number(least, most), ' ');
        std::generate(text.begin(), text.end(),
                      [&] { return alphabet[number(0, alphabet.size() - 1)]; });
        return text;
    }
    // Without control characters, and rich in characters with a meaning somewhere.
    std::string plain(std::size_t least = 1, std::size_t most = 20) {
        return from("abcXYZ019 %%&&==??##//@@::''\"\"\\\\,;.+-_~$[](){}\xc3\xa4\xe2\x82\xac", least,
                    most);
    }
    std::string bytes(std::size_t most) {
        std::string text(number(0, most), ' ');
        std::generate(text.begin(), text.end(), [&] { return static_cast<char>(number(0, 255)); });
        return text;
    }
    std::string name(std::size_t least = 1, std::size_t most = 20) {
        return from("abcdefghijklmnopqrstuvwxyz0123456789-", least, most);
    }
    // The same text with a few bytes changed, taken out or put in.
    std::string damaged(std::string text) {
        for (std::size_t i = number(1, 4); i > 0; --i) {
            const std::size_t at = number(0, text.size());
            switch (number(0, 3)) {
                case 0:
                    text.insert(at, 1, static_cast<char>(number(0, 255)));
                    break;
                case 1:
                    text.erase(at, number(1, 5));
                    break;
                case 2:
                    text = text.substr(0, at) + text.substr(number(0, at));
                    break;
                default:
                    text.insert(at, from("%=&?#'\"\\/@: \n[]", 1, 3));
            }
        }
        return text;
    }

private:
    std::mt19937_64 random_;
};

// Calls a function that may throw `Allowed` and nothing else. Returns the message, or nothing.
template <class Allowed, class Function>
std::string message_of(Function function) {
    try {
        function();
    } catch (const Allowed& failure) {
        return failure.what();
    } catch (const std::exception& failure) {
        ADD_FAILURE() << typeid(failure).name() << ": " << failure.what();
    }
    return {};
}

void expect_harmless(const std::string& message) {
    EXPECT_TRUE(std::none_of(message.begin(), message.end(), is_control)) << message;
    EXPECT_LT(message.size(), 2'000U);
}

// --- connection strings

// The parameters whose values are any text.
const std::vector<std::pair<const char*, std::string config::*>>& text_parameters() {
    static const std::vector<std::pair<const char*, std::string config::*>> all = {
        {"user", &config::user},
        {"dbname", &config::database},
        {"region", &config::region},
        {"profile", &config::profile},
        {"application_name", &config::application_name},
        {"ormPrefix", &config::orm_prefix},
        {"search_path", &config::search_path},
        {"host", &config::host}};
    return all;
}

std::map<std::string, std::string> random_parameters(source_of_texts& texts) {
    std::map<std::string, std::string> chosen;
    for (const auto& [name, field] : text_parameters()) {
        if (field == &config::host || texts.flip()) {
            chosen[name] = texts.plain();
            std::replace(chosen[name].begin(), chosen[name].end(), ',',
                         field == &config::host ? '.' : ',');  // a comma separates hosts
        }
    }
    if (texts.flip()) {
        chosen["port"] = std::to_string(texts.number(1, 65535));
    }
    if (texts.flip()) {
        chosen["connect_timeout"] = std::to_string(texts.number(1, 100'000));
    }
    return chosen;
}

void expect_read(const std::map<std::string, std::string>& chosen, const config& read) {
    for (const auto& [name, field] : text_parameters()) {
        const auto found = chosen.find(name);
        EXPECT_EQ(read.*field, found == chosen.end() ? config().*field : found->second) << name;
    }
    EXPECT_EQ(chosen.contains("port") ? chosen.at("port") : "none",
              read.port ? std::to_string(*read.port) : "none");
    EXPECT_EQ(chosen.contains("connect_timeout") ? chosen.at("connect_timeout") + "000" : "none",
              read.connect_timeout ? std::to_string(read.connect_timeout->count()) : "none");
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return encoded;
}
// Host, user, port and database are a parameter or a part of the authority.
std::string as_uri(std::map<std::string, std::string> chosen, source_of_texts& texts) {
    std::string uri = "postgres://";
    const auto take = [&](const char* name) {
        const auto found = chosen.find(name);
        if (found == chosen.end() || texts.flip()) {
            return std::string();
        }
        const std::string value = percent_encoded(found->second);
        chosen.erase(found);
        return value;
    };
    if (const std::string user = take("user"); !user.empty()) {
        uri += user + '@';
    }
    uri += take("host");
    if (const std::string port = take("port"); !port.empty()) {
        uri += ':' + port;
    }
    uri += '/' + take("dbname");
    char separator = '?';
    for (const auto& [name, value] : chosen) {
        uri += std::exchange(separator, '&') + name + '=' + percent_encoded(value);
    }
    return uri;
}

std::string in_single_quotes(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        result += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
    return result + '\'';
}
std::string as_keywords(const std::map<std::string, std::string>& chosen, source_of_texts& texts) {
    std::string all;
    for (const auto& [name, value] : chosen) {
        all += name + texts.from(" \n\t", 0, 2) + '=' + texts.from(" \n\t", 0, 2) +
               in_single_quotes(value) + texts.from(" \n\t", 1, 2);
    }
    return all;
}

TEST(ConnectionStringProperty, WhatIsPrintedIsReadBack) {
    source_of_texts texts(random_seed());
    for (int i = 0; i < rounds; ++i) {
        const std::map<std::string, std::string> chosen = random_parameters(texts);
        for (const std::string& text : {as_uri(chosen, texts), as_keywords(chosen, texts)}) {
            SCOPED_TRACE(text);
            expect_read(chosen, dsql::parse_connection_string(text));
            ASSERT_FALSE(testing::Test::HasFailure());
        }
    }
}

TEST(ConnectionStringProperty, EachHostKeepsItsPortAndItsAddress) {
    source_of_texts texts(random_seed());
    for (int i = 0; i < rounds; ++i) {
        std::string authority;
        std::string addresses;
        std::vector<dsql::failover_endpoint> expected(texts.number(1, 5));
        for (dsql::failover_endpoint& each : expected) {
            each = {.host = texts.name(),
                    .port = static_cast<int>(texts.number(1, 65535)),
                    .host_address = texts.name()};
            authority +=
                (authority.empty() ? "" : ",") + each.host + ":" + std::to_string(*each.port);
            addresses += (addresses.empty() ? "" : ",") + *each.host_address;
        }
        const std::string text = "dsql://" + authority + "/?hostaddr=" + percent_encoded(addresses);
        SCOPED_TRACE(text);
        const config read = dsql::parse_connection_string(text);
        std::vector<dsql::failover_endpoint> found = read.failover;
        found.insert(found.begin(),
                     {.host = read.host, .port = read.port, .host_address = read.host_address});
        ASSERT_EQ(found.size(), expected.size());
        for (std::size_t k = 0; k < found.size(); ++k) {
            EXPECT_EQ(found[k].host, expected[k].host);
            EXPECT_EQ(found[k].port, expected[k].port);
            EXPECT_EQ(found[k].host_address, expected[k].host_address);
        }
    }
}

TEST(ConnectionStringProperty, HostileTextsGetANamedError) {
    source_of_texts texts(random_seed());
    for (int i = 0; i < rounds; ++i) {
        const std::map<std::string, std::string> chosen = random_parameters(texts);
        for (const std::string& text :
             {texts.damaged(as_uri(chosen, texts)), texts.damaged(as_keywords(chosen, texts)),
              texts.bytes(60), "postgres://" + texts.bytes(60), "host=h " + texts.bytes(60),
              "postgres://h/?" + texts.plain() + texts.bytes(10)}) {
            expect_harmless(message_of<config_error>(
                [&] { static_cast<void>(dsql::parse_connection_string(text)); }));
            ASSERT_FALSE(testing::Test::HasFailure()) << testing::PrintToString(text);
        }
    }
}

TEST(ConnectionStringProperty, APasswordIsNeverShown) {
    source_of_texts texts(random_seed());
    const std::string secret = "hunter2hunter2";
    for (int i = 0; i < rounds; ++i) {
        const std::string user = texts.name();
        for (const std::string& text :
             {"postgres://" + user + ":" + secret + "@" + texts.damaged("host:5432/db?region=r"),
              "host=h password=" + secret + " " + texts.damaged("user=u region=r"),
              texts.damaged("host=h user=u") + " password='" + secret + "'"}) {
            const std::string message = message_of<config_error>(
                [&] { static_cast<void>(dsql::parse_connection_string(text)); });
            ASSERT_EQ(message.find(secret), std::string::npos) << text << " -> " << message;
        }
    }
}

// --- zero bytes and control characters, everywhere alike

struct place {
    const char* name;
    void (*read)(const std::string& value);
};

void check_field(std::string config::*field, const std::string& value) {
    config settings{.host = "x.dsql.us-east-1.on.aws"};
    settings.*field = value;
    dsql::detail::check_config(settings);
    static_cast<void>(dsql::resolve_endpoint(settings));
}

// `ssl_root_cert` and `host_address` name files and addresses, and are checked with these.
const std::vector<place>& places() {
    static const std::vector<place> all = {
        {"user",
         [](const std::string& v) {
             check_field(&config::user, v);
         }},
        {"database",
         [](const std::string& v) {
             check_field(&config::database, v);
         }},
        {"region",
         [](const std::string& v) {
             check_field(&config::region, v);
         }},
        {"host",
         [](const std::string& v) {
             check_field(&config::host, v);
         }},
        {"profile",
         [](const std::string& v) {
             check_field(&config::profile, v);
         }},
        {"application name",
         [](const std::string& v) {
             check_field(&config::application_name, v);
         }},
        {"orm_prefix",
         [](const std::string& v) {
             check_field(&config::orm_prefix, v);
         }},
        {"search_path",
         [](const std::string& v) {
             check_field(&config::search_path, v);
         }},
    };
    return all;
}

TEST(ControlCharacters, AreRefusedInEachField) {
    scoped_environment environment;
    environment.clear();
    for (const place& each : places()) {
        for (int byte = 0; byte < 128; ++byte) {
            const auto c = static_cast<char>(byte);
            if (!is_control(c)) {
                continue;
            }
            for (const std::string& value :
                 {std::string("a") + c + "b", std::string(1, c), "a" + std::string(1, c)}) {
                const std::string message = message_of<config_error>([&] { each.read(value); });
                EXPECT_NE(message.find(each.name), std::string::npos)
                    << each.name << ", byte " << byte << " -> " << message;
                expect_harmless(message);
            }
        }
    }
}

TEST(ControlCharacters, AreRefusedInEachParameterOfAConnectionString) {
    std::vector<std::string> names = {"port", "connect_timeout", "sslmode"};
    for (const auto& [name, field] : text_parameters()) {
        names.emplace_back(name);
    }
    for (const std::string& name : names) {
        for (int byte = 0; byte < 128; ++byte) {
            const std::string value = std::string("1") + static_cast<char>(byte) + "1";
            if (!is_control(static_cast<char>(byte))) {
                continue;
            }
            const std::string host = name == "host" ? "" : "host=h ";
            for (const std::string& text : {host + name + "=" + in_single_quotes(value),
                                            (name == "host" ? "postgres:///?" : "postgres://h/?") +
                                                name + "=" + percent_encoded(value)}) {
                const std::string message = message_of<config_error>(
                    [&] { static_cast<void>(dsql::parse_connection_string(text)); });
                EXPECT_NE(message.find(name), std::string::npos)
                    << "byte " << byte << " in " << name << " -> " << message;
                expect_harmless(message);
            }
        }
    }
}

// --- endpoints

TEST(EndpointProperty, IsAFixedPoint) {
    scoped_environment environment;
    environment.clear();
    source_of_texts texts(random_seed());
    for (int i = 0; i < rounds; ++i) {
        const std::string region = "r" + texts.name(0, 10);
        std::string host = texts.from("abcdefghijklmnopqrstuvwxyz0123456789", 26, 26);
        host[0] = 'a';  // not a number
        const bool is_alone = texts.flip();
        const std::string given =
            is_alone ? host : host + ".dsql" + texts.name(0, 5) + "." + region + ".on.aws";
        const dsql::endpoint found = dsql::resolve_endpoint(
            {.host = given, .region = is_alone || texts.flip() ? region : ""});
        EXPECT_EQ(found.host, is_alone ? host + ".dsql." + region + ".on.aws" : given);
        EXPECT_EQ(found.region, region);
        const dsql::endpoint again = dsql::resolve_endpoint({.host = found.host});
        EXPECT_EQ(again.host, found.host);
        EXPECT_EQ(again.region, found.region);
        ASSERT_FALSE(testing::Test::HasFailure()) << given;
    }
}

TEST(EndpointProperty, HostileHostsGetANamedError) {
    scoped_environment environment;
    environment.clear();
    source_of_texts texts(random_seed());
    for (int i = 0; i < rounds; ++i) {
        const std::string good = texts.name() + ".dsql.us-east-1.on.aws";
        for (const std::string& host : {texts.damaged(good), texts.bytes(40), texts.plain(),
                                        texts.from("0123456789.:", 1, 20), texts.name(200, 300)}) {
            expect_harmless(message_of<config_error>([&] {
                const dsql::endpoint found =
                    dsql::resolve_endpoint({.host = host, .region = texts.flip() ? "r" : ""});
                EXPECT_EQ(dsql::resolve_endpoint({.host = found.host, .region = found.region}).host,
                          found.host);
            }));
            ASSERT_FALSE(testing::Test::HasFailure()) << testing::PrintToString(host);
        }
    }
}

// --- profiles

using sections = std::map<std::string, std::map<std::string, std::string>>;

// Values have no space at either end, and nothing that begins a comment.
std::string profile_value(source_of_texts& texts) {
    std::string value = texts.from("abcXYZ019%&=?/@:'\"\\,.+-_~$[](){}#;", 1, 20);
    value.front() = 'v';
    return value;
}
sections random_profiles(source_of_texts& texts) {
    sections all;
    for (std::size_t i = texts.number(0, 4); i > 0; --i) {
        auto& settings = all["p" + texts.name(0, 8)];
        for (std::size_t j = texts.number(0, 5); j > 0; --j) {
            settings["k" + texts.from("abcdefghijklmnopqrstuvwxyz_", 0, 10)] = profile_value(texts);
        }
    }
    return all;
}
std::string as_config_file(const sections& profiles, source_of_texts& texts) {
    std::string text;
    for (const auto& [name, settings] : profiles) {
        text += texts.flip() ? "# a comment\n\n" : "";
        text +=
            "[profile" + texts.from(" \t", 1, 2) + name + "]" + (texts.flip() ? " ; why\n" : "\n");
        for (const auto& [key, value] : settings) {
            text += key + texts.from(" \t", 0, 2) + "=" + texts.from(" \t", 0, 2) + value +
                    (texts.flip() ? " # a comment" : "") + (texts.flip() ? "\r\n" : "\n");
        }
    }
    return text;
}

dsql::shared_profiles read_profiles(std::string_view text) {
    const temporary_file file(text);
    scoped_environment environment;
    environment.clear();
    environment.set("AWS_CONFIG_FILE", file.path());
    environment.set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    return dsql::load_profiles();
}

TEST(ProfileProperty, WhatIsPrintedIsReadBack) {
    source_of_texts texts(random_seed());
    for (int i = 0; i < rounds; ++i) {
        const sections profiles = random_profiles(texts);
        const std::string text = as_config_file(profiles, texts);
        ASSERT_EQ(read_profiles(text).profiles, profiles) << text;
    }
}

TEST(ProfileProperty, HostileFilesGetANamedError) {
    source_of_texts texts(random_seed());
    for (int i = 0; i < rounds; ++i) {
        const std::string good = as_config_file(random_profiles(texts), texts);
        for (const std::string& text :
             {texts.damaged(good), texts.bytes(80), "[profile a]\n" + texts.bytes(40)}) {
            expect_harmless(message_of<dsql::credentials_error>(
                [&] { static_cast<void>(read_profiles(text)); }));
            ASSERT_FALSE(testing::Test::HasFailure()) << testing::PrintToString(text);
        }
    }
}

// --- identifiers

// What PostgreSQL reads. Source: PostgreSQL, "Lexical Structure", Identifiers and Key Words.
std::string unquoted(std::string_view text) {
    EXPECT_TRUE(text.size() >= 2 && text.front() == '"' && text.back() == '"') << text;
    std::string name;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        name += text[i];
        if (text[i] == '"') {
            ++i;  // the second of a doubled one
            EXPECT_TRUE(i + 1 < text.size() && text[i] == '"') << text;
        }
    }
    return name;
}

// A control character is a legal part of an identifier; only the zero byte is not.
TEST(IdentifierProperty, WhatIsQuotedIsReadBack) {
    source_of_texts texts(random_seed());
    for (int i = 0; i < 10 * rounds; ++i) {
        const std::string name = texts.flip() ? texts.bytes(70) : texts.plain(1, 63);
        std::string text;
        const std::string message =
            message_of<config_error>([&] { text = dsql::quote_identifier(name); });
        const bool is_legal =
            !name.empty() && name.size() <= 63 && name.find('\0') == std::string::npos;
        EXPECT_EQ(message.empty(), is_legal);
        expect_harmless(message);
        if (is_legal) {
            EXPECT_EQ(unquoted(text), name);
        }
        ASSERT_FALSE(testing::Test::HasFailure()) << testing::PrintToString(name);
    }
}

}  // namespace config_properties_test
