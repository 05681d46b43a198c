// SPDX-License-Identifier: Apache-2.0
// Simulates a bank under conflicts, cut connections and an unavailable server: 8 threads transfer
// money between 100 random accounts, half of them with transact, half with transact_idempotent.
//
//     dsql-local run -- dsql_bank_soak SECONDS
//     dsql-local run -- dsql_bank_soak SECONDS cut [SEED]
//
// In the first form, dsql-local injects the faults, between messages. In the second form, a relay
// cuts each connection after a random number of bytes: in a TLS handshake, a login, a statement, a
// COMMIT or its result. It cuts one COMMIT in ten at a random byte of it or of its result, and
// holds one in twenty back: its client sees a broken connection, and the server gets the COMMIT
// later, while the client may be trying again. The books are read from PostgreSQL's own socket.
//
// Exits with 0 if the sum of all balances is unchanged, no transfer was applied twice, every
// transfer that was reported as applied was applied, none that failed was, every transfer with a
// key was applied exactly once, and balances, notes and ledger agree.
#include <dsql/dsql.hpp>

#include "bank/bank.hpp"
#include "bank/cut_counter.hpp"
#include "support/cutting_relay.hpp"
#include "support/fault_injection.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr int threads = 8;
constexpr std::int64_t first_with_key = 1'000'000'000'000;
const dsql::retry_policy persistent{
    .max_retries = 30, .initial_wait = 1ms, .max_wait = 50ms, .multiplier = 2, .jitter = 1};

struct tally {
    std::atomic<std::int64_t> plain{0};    // transact returned
    std::atomic<std::int64_t> unknown{0};  // transact threw commit_unknown_error
    std::atomic<std::int64_t> failed{0};   // failed with a conflict; not applied
    std::atomic<std::int64_t> broken{0};   // failed with a lost connection; not applied
    std::atomic<std::int64_t> keyed{0};    // transact_idempotent returned
    std::atomic<std::int64_t> again{0};    // called again with the same key
    std::atomic<std::int64_t> unexpected{0};
};

// Numbers of transfers.
class number_list {
public:
    void add(std::int64_t number) {
        const std::lock_guard lock(mutex_);
        numbers_.push_back(number);
    }
    [[nodiscard]] std::int64_t noted(const server_books& books) const {
        return books.value(
            "SELECT count(DISTINCT number) FROM transfers WHERE number = ANY($1::bigint[])",
            numbers_);
    }
    [[nodiscard]] std::int64_t missing(const server_books& books) const {
        return static_cast<std::int64_t>(numbers_.size()) - noted(books);
    }

private:
    std::mutex mutex_{};
    std::vector<std::int64_t> numbers_{};
};

struct receipts {
    number_list applied{};   // must have a note
    number_list given_up{};  // must not have a note
    number_list unknown{};   // may have a note
};

class teller {
public:
    teller(dsql::pool& pool, tally& counts, receipts& given, int number)
        : pool_(pool),
          counts_(counts),
          given_(given),
          is_keyed_(number % 2 == 1),
          next_((is_keyed_ ? first_with_key : 0) + number * std::int64_t{1'000'000'000}),
          random_(static_cast<unsigned>(number) + 1) {}

    void work_until(std::chrono::steady_clock::time_point end) {
        while (std::chrono::steady_clock::now() < end) {
            try {
                is_keyed_ ? transfer_with_key(next_order()) : transfer(next_order());
            } catch (const std::exception& error) {
                ++counts_.unexpected;
                std::fprintf(stderr, "unexpected: %s\n", error.what());
            }
        }
    }

private:
    transfer_order next_order() {
        std::uniform_int_distribution<int> account(0, account_count - 1);
        const int source = account(random_);
        const int step = std::uniform_int_distribution<int>(1, account_count - 1)(random_);
        return {.number = next_++,
                .source = source,
                .target = (source + step) % account_count,
                .amount = std::uniform_int_distribution<int>(1, 50)(random_)};
    }

    void transfer(const transfer_order& order) {
        try {
            dsql::transact(pool_, persistent, [&](dsql::transaction& tx) { apply(tx, order); });
            ++counts_.plain;
            given_.applied.add(order.number);
        } catch (const dsql::commit_unknown_error&) {
            ++counts_.unknown;
            given_.unknown.add(order.number);
        } catch (const dsql::occ_conflict&) {
            ++counts_.failed;
            given_.given_up.add(order.number);
        } catch (const dsql::connection_error&) {
            ++counts_.broken;
            given_.given_up.add(order.number);
        }
    }

    // Repeat until it is known to be applied, which is safe with a key.
    void transfer_with_key(const transfer_order& order) {
        const std::string key = std::to_string(order.number);
        while (true) {
            try {
                dsql::transact_idempotent(pool_, persistent, key,
                                          [&](dsql::transaction& tx) { apply(tx, order); });
                ++counts_.keyed;
                given_.applied.add(order.number);
                return;
            } catch (const dsql::retries_exhausted&) {
                ++counts_.again;
            } catch (const dsql::commit_unknown_error&) {
                ++counts_.again;
            } catch (const dsql::connection_error&) {
                ++counts_.again;
            }
        }
    }

    dsql::pool& pool_;
    tally& counts_;
    receipts& given_;
    bool is_keyed_;
    std::int64_t next_;
    std::minstd_rand random_;
};

void inject(const fault_injection& faults) {
    faults.set("data-conflict probability=0.05");
    faults.set("schema-conflict probability=0.01");
    faults.set("cut-before-commit probability=0.01");
    faults.set("cut-after-commit probability=0.01");
    faults.set("server-unavailable probability=0.01");
    faults.set("server-unavailable-at-commit probability=0.005 value=committed");
}

void run_tellers(dsql::pool& pool, std::chrono::duration<double> length, tally& counts,
                 receipts& given) {
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::duration_cast<std::chrono::nanoseconds>(length);
    std::vector<std::thread> working;
    working.reserve(threads);
    for (int i = 0; i < threads; ++i) {
        working.emplace_back([&, i] { teller(pool, counts, given, i).work_until(end); });
    }
    for (std::thread& each : working) {
        each.join();
    }
}

// Prints a value and returns whether it is the expected one.
bool expect(const char* what, std::int64_t seen, std::int64_t wanted) {
    std::printf("%-46s %lld%s\n", what, static_cast<long long>(seen),
                seen == wanted ? "" : "  WRONG");
    return seen == wanted;
}

bool report(const dsql::pool_stat& seen, const tally& counts, const receipts& given) {
    const server_books server;
    const audit books = audit_bank(server, first_with_key);
    const std::int64_t unknown_noted = given.unknown.noted(server);
    std::printf(
        "transfers: %lld plain, %lld unknown (%lld of them noted), %lld given up for conflicts, "
        "%lld for connections, %lld with a key (%lld calls again), %lld noted, %lld retries; "
        "connects: %lld, %lld failed\n",
        static_cast<long long>(counts.plain), static_cast<long long>(counts.unknown),
        static_cast<long long>(unknown_noted), static_cast<long long>(counts.failed),
        static_cast<long long>(counts.broken), static_cast<long long>(counts.keyed),
        static_cast<long long>(counts.again), static_cast<long long>(books.transfers),
        static_cast<long long>(seen.occ_retries),
        static_cast<long long>(seen.new_connections_count),
        static_cast<long long>(seen.connect_errors));
    bool right = counts.keyed > 0 && counts.plain > 0 && seen.occ_retries > 0;
    right &= expect("sum of all balances", books.sum, account_count * initial_balance);
    right &= expect("applied twice", books.applied_twice, 0);
    right &= expect("reported, and not there", given.applied.missing(server), 0);
    right &= expect("given up, and there all the same", given.given_up.noted(server), 0);
    right &= expect("noted", books.transfers, counts.plain + counts.keyed + unknown_noted);
    right &= expect("accounts that disagree with the notes", books.disagreeing, 0);
    right &= expect("keys without a transfer", books.keys_without_note, 0);
    right &= expect("transfers with a key that is not there", books.notes_without_key, 0);
    right &= expect("numbers left out by those with keys", books.gaps, 0);
    right &= expect("failures of another kind", counts.unexpected, 0);
    std::puts(right ? "all is right" : "something is WRONG");
    return right;
}

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr) {
        throw std::runtime_error("run this under \"dsql-local run --\"");
    }
    return value;
}

bool run_with_faults(std::chrono::duration<double> length) {
    dsql::pool pool({.host = variable("CLUSTER_ENDPOINT")}, {.max_connections = threads});
    open_bank(pool);
    tally counts;
    receipts given;
    {
        const fault_injection faults;
        inject(faults);
        run_tellers(pool, length, counts, given);
        std::fputs(faults.list().c_str(), stdout);
    }
    return report(pool.stat(), counts, given);
}

// Only the tellers connect through the relay, not the set-up and the audit.
bool run_with_cuts(std::chrono::duration<double> length, unsigned seed) {
    std::printf("seed %u\n", seed);
    const dsql::config direct{.host = variable("CLUSTER_ENDPOINT")};
    dsql::pool pool(direct, {.max_connections = threads});
    open_bank(pool);
    tally counts;
    receipts given;
    dsql::pool_stat seen;
    cutting_relay::counts relayed;
    const auto struck = std::make_shared<cut_counter>();
    {
        const cutting_relay relay(std::stoi(variable("DSQL_PORT")), seed,
                                  {.longest = 30'000, .commits_cut = 0.1, .commits_late = 0.05});
        dsql::config cut = direct;
        cut.host_address = "127.0.0.1";
        cut.port = relay.port();
        cut.observer = struck;
        dsql::pool through(cut, {.max_connections = threads});
        run_tellers(through, length, counts, given);
        seen = through.stat();
        relayed = relay.count();
    }
    std::printf(
        "relay: %llu connections, %llu cuts, %llu of them early, %llu around a COMMIT, "
        "%llu COMMITs late, %llu bytes\n",
        static_cast<unsigned long long>(relayed.connections),
        static_cast<unsigned long long>(relayed.cuts),
        static_cast<unsigned long long>(relayed.small_cuts),
        static_cast<unsigned long long>(relayed.commits_cut),
        static_cast<unsigned long long>(relayed.commits_late),
        static_cast<unsigned long long>(relayed.bytes));
    const bool struck_all = struck->print() && relayed.commits_cut > 0 && relayed.commits_late > 0;
    if (!struck_all) {
        std::puts("not every kind of cut has happened: WRONG");
    }
    return report(seen, counts, given) && struck_all;
}

bool run(const std::vector<std::string>& arguments) {
    const std::chrono::duration<double> length(arguments.empty() ? 30 : std::stod(arguments[0]));
    if (arguments.size() < 2) {
        return run_with_faults(length);
    }
    if (arguments[1] != "cut") {
        throw std::runtime_error("usage: dsql_bank_soak SECONDS [cut [SEED]]");
    }
    return run_with_cuts(length, arguments.size() < 3
                                     ? std::random_device{}()
                                     : static_cast<unsigned>(std::stoul(arguments[2])));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc}) ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dsql_bank_soak: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
