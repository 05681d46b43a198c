// SPDX-License-Identifier: Apache-2.0
// Has the same random conversations with a plain PostgreSQL and with dsql-local, and compares what
// they answer, byte for byte. Prints the seed of the first conversation that differs, and the steps
// of it that are necessary.
//
//     dsql_compare_conversations [--dialect dsql|postgres]
//
// With `--dialect postgres`, the conversations also contain statements that Aurora DSQL does not
// have, and dsql-local is started with the same option. DSQL_TEST_SEQUENCES is the number of
// conversations (430), DSQL_TEST_SEED the seed of the first one (1); the next one has the next
// number.
#include "conversations/conversation_maker.hpp"
#include "conversations/partner.hpp"
#include "conversations/plain_postgres.hpp"
#include "support/endpoint_process.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace dsql_local_test;

// The first step whose answers differ, and the answers.
struct difference {
    std::size_t number;
    std::vector<message> plain;
    std::vector<message> relayed;
    bool timed_out;
};

bool is_same(const message& plain, const message& relayed) {
    return plain.type == relayed.type && plain.body == relayed.body;
}

bool are_same(const std::vector<message>& left, const std::vector<message>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), is_same);
}

class comparison {
public:
    explicit comparison(dialect statements)
        : statements_(statements), endpoint_(endpoint_options(statements)) {
        for (const std::string& sql : schema_for_conversations()) {
            open_plain()->must(sql);
            open_relayed()->must(sql);
        }
    }

    std::optional<difference> run(const std::vector<step>& steps,
                                  std::chrono::seconds read_limit = std::chrono::minutes(1)) {
        const auto plain = open_plain();
        const auto relayed = open_relayed();
        relayed->set_read_limit(read_limit);
        for (const std::string& sql : state_for_conversations(statements_)) {
            plain->must(sql);
            relayed->must(sql);
        }
        for (std::size_t i = 0; i < steps.size() && !plain->has_ended(); ++i) {
            const std::vector<message> expected = plain->perform(steps[i]);
            const std::vector<message> got = relayed->perform(steps[i]);
            if (!are_same(expected, got)) {
                return difference{i, expected, got, relayed->timed_out()};
            }
        }
        return std::nullopt;
    }

private:
    static std::vector<std::string> endpoint_options(dialect statements) {
        std::vector<std::string> options = {"--connection-rate", "0", "--transaction-row-limit",
                                            "0"};
        if (statements == dialect::postgres) {
            options.insert(options.end(), {"--dialect", "postgres"});
        }
        return options;
    }

    std::unique_ptr<partner> open_plain() const {
        auto client = std::make_unique<raw_client>(plain_.socket());
        client->send_startup({{"user", "admin"}, {"database", "postgres"}});
        while (true) {
            const char type = client->receive_message().type;
            if (type == 'Z') {
                return std::make_unique<partner>(std::move(client), shows_settings());
            }
            if (type == 'E' || type == '\0') {
                throw std::runtime_error("the plain PostgreSQL rejects a login");
            }
        }
    }

    std::unique_ptr<partner> open_relayed() const {
        auto client = std::make_unique<raw_client>(endpoint_.port());
        const std::string& host = endpoint_["CLUSTER_ENDPOINT"];
        if (!client->start_tls({.server_name = host, .alpn = true}) ||
            client->log_in("admin", endpoint_["PGPASSWORD"]).type != 'Z') {
            throw std::runtime_error("dsql-local rejects a login");
        }
        return std::make_unique<partner>(std::move(client), shows_settings());
    }

    // A setting that was changed in a transaction goes back when the transaction fails, but with
    // the savepoint of the endpoint only when it ends.
    bool shows_settings() const { return statements_ == dialect::postgres; }

    dialect statements_;
    plain_postgres plain_;
    endpoint_process endpoint_;
};

// Whether a later step waits for the response to this one.
bool is_waited_for(const std::vector<step>& steps, std::size_t number) {
    constexpr std::size_t messages_of_execution = 5;
    for (std::size_t i = number; i < steps.size() && i < number + messages_of_execution; ++i) {
        if (steps[i].then == afterwards::read_until_result) {
            return true;
        }
    }
    return false;
}

// Reads wait less long while a conversation is shortened: only what is printed depends on it.
constexpr std::chrono::seconds short_read_limit(3);

// Leaves out every step without which the answers still differ.
std::vector<step> shorten(comparison& compared, std::vector<step> steps) {
    for (std::size_t i = steps.size(); i-- > 0;) {
        std::vector<step> shorter = steps;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
        if (!is_waited_for(steps, i) && compared.run(shorter, short_read_limit)) {
            steps = std::move(shorter);
        }
    }
    return steps;
}

// Prints some messages from `first` on.
void print(const std::string& who, const std::vector<message>& messages, std::size_t first) {
    constexpr std::size_t count = 6;
    std::cout << "  " << who << " answers" << (first > 0 ? ", after the same as the other" : "")
              << ":\n";
    for (std::size_t i = first; i < messages.size() && i < first + count; ++i) {
        std::cout << "    " << readable(messages[i]) << '\n';
    }
    if (first + count < messages.size()) {
        std::cout << "    and " << messages.size() - first - count << " more\n";
    }
}

void report(comparison& compared, std::vector<step> steps, difference found) {
    steps = shorten(compared, std::move(steps));
    found = compared.run(steps, short_read_limit).value_or(found);
    for (std::size_t i = 0; i <= found.number && i < steps.size(); ++i) {
        std::cout << "  step " << i + 1 << ": " << steps[i].text << '\n';
    }
    std::size_t first = 0;
    while (first < found.plain.size() && first < found.relayed.size() &&
           is_same(found.plain[first], found.relayed[first])) {
        ++first;
    }
    print("PostgreSQL", found.plain, first);
    print("dsql-local", found.relayed, first);
    if (found.timed_out) {
        std::cout << "  and then nothing\n";
    }
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::stoull(text);
}

int compare(dialect statements) {
    const std::uint64_t first = number_from("DSQL_TEST_SEED", 1);
    const std::uint64_t count = number_from("DSQL_TEST_SEQUENCES", 430);
    comparison compared(statements);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        std::vector<step> steps = conversation_maker(seed, statements).make();
        if (const auto found = compared.run(steps)) {
            std::cout << "the answers differ: DSQL_TEST_SEED=" << seed << '\n';
            report(compared, std::move(steps), *found);
            return EXIT_FAILURE;
        }
    }
    std::cout << count << " conversations from DSQL_TEST_SEED=" << first << " on: no difference\n";
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    dialect statements = dialect::dsql;
    if (arguments == std::vector<std::string>{"--dialect", "postgres"}) {
        statements = dialect::postgres;
    } else if (!arguments.empty() && arguments != std::vector<std::string>{"--dialect", "dsql"}) {
        std::cerr << "usage: dsql_compare_conversations [--dialect dsql|postgres]\n";
        return 2;
    }
    try {
        return compare(statements);
    } catch (const std::exception& error) {
        std::cerr << "dsql_compare_conversations: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
