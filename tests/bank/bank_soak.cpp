// SPDX-License-Identifier: Apache-2.0
// A bank under conflicts, cut connections and a server that is unavailable: 8 threads move money
// between 100 accounts at random, half of them with transact, half with transact_idempotent.
//
//     dsql-local run -- dsql_bank_soak SECONDS
//
// Exits with 0 when the sum is what it was, no transfer was applied twice, each that was reported
// to be applied was, each with a key exactly once, and balances, notes and ledger agree.
#include <dsql/dsql.hpp>

#include "bank/bank.hpp"
#include "support/fault_injection.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
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
    std::atomic<std::int64_t> plain{0};    // transact has returned
    std::atomic<std::int64_t> unknown{0};  // transact has thrown commit_unknown_error
    std::atomic<std::int64_t> failed{0};   // given up, and nothing has happened
    std::atomic<std::int64_t> keyed{0};    // transact_idempotent has returned
    std::atomic<std::int64_t> again{0};    // called once more with the same key
    std::atomic<std::int64_t> unexpected{0};
};

// Numbers of transfers that must be noted.
class receipts {
public:
    void add(std::int64_t number) {
        const std::lock_guard lock(mutex_);
        numbers_.push_back(number);
    }
    [[nodiscard]] std::int64_t missing(dsql::pool& pool) const {
        return static_cast<std::int64_t>(numbers_.size()) -
               pool.query_value<std::int64_t>(
                   "SELECT count(*) FROM transfers WHERE number = ANY($1)", numbers_);
    }

private:
    std::mutex mutex_{};
    std::vector<std::int64_t> numbers_{};
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
            } catch (const std::exception& failure) {
                ++counts_.unexpected;
                std::fprintf(stderr, "unexpected: %s\n", failure.what());
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
            given_.add(order.number);
        } catch (const dsql::commit_unknown_error&) {
            ++counts_.unknown;
        } catch (const dsql::occ_conflict&) {
            ++counts_.failed;
        }
    }

    // Until it is known to be applied: that is what the key is for.
    void transfer_with_key(const transfer_order& order) {
        const std::string key = std::to_string(order.number);
        while (true) {
            try {
                dsql::transact_idempotent(pool_, dsql::call_limits(), persistent, key,
                                          [&](dsql::transaction& tx) { apply(tx, order); });
                ++counts_.keyed;
                given_.add(order.number);
                return;
            } catch (const dsql::retries_exhausted&) {
                ++counts_.again;
            } catch (const dsql::commit_unknown_error&) {
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

// Prints a figure, and returns whether it is what it must be.
bool expect(const char* what, std::int64_t seen, std::int64_t wanted) {
    std::printf("%-46s %lld%s\n", what, static_cast<long long>(seen),
                seen == wanted ? "" : "  WRONG");
    return seen == wanted;
}

bool report(dsql::pool& pool, const tally& counts, const receipts& given) {
    const audit books = audit_bank(pool, first_with_key);
    std::printf(
        "transfers: %lld plain, %lld unknown, %lld given up, %lld with a key (%lld calls "
        "again), %lld noted, %lld retries\n",
        static_cast<long long>(counts.plain), static_cast<long long>(counts.unknown),
        static_cast<long long>(counts.failed), static_cast<long long>(counts.keyed),
        static_cast<long long>(counts.again), static_cast<long long>(books.transfers),
        static_cast<long long>(pool.stat().occ_retries));
    bool right = counts.keyed > 0 && counts.plain > 0 && pool.stat().occ_retries > 0;
    right &= expect("sum of all balances", books.sum, account_count * initial_balance);
    right &= expect("applied twice", books.applied_twice, 0);
    right &= expect("reported, and not there", given.missing(pool), 0);
    right &= expect("accounts that disagree with the notes", books.disagreeing, 0);
    right &= expect("keys without a transfer", books.keys_without_note, 0);
    right &= expect("transfers with a key that is not there", books.notes_without_key, 0);
    right &= expect("failures of another kind", counts.unexpected, 0);
    std::puts(right ? "all is right" : "something is WRONG");
    return right;
}

bool run(double seconds) {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        throw std::runtime_error("run this under \"dsql-local run --\"");
    }
    dsql::pool pool({.host = host}, {.max_connections = threads});
    open_bank(pool);
    tally counts;
    receipts given;
    {
        const fault_injection faults;
        inject(faults);
        run_tellers(pool, std::chrono::duration<double>(seconds), counts, given);
        std::fputs(faults.list().c_str(), stdout);
    }
    return report(pool, counts, given);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc > 1 ? std::stod(argv[1]) : 30) ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "dsql_bank_soak: %s\n", failure.what());
        return EXIT_FAILURE;
    }
}
