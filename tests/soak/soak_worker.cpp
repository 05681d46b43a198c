// SPDX-License-Identifier: Apache-2.0
#include "soak/soak_worker.hpp"

#include <libpq-fe.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace pool_soak {

namespace {

using namespace std::chrono_literals;

// Longer than all limits of a call together. A call that takes longer is stuck.
constexpr auto stuck_after = 30s;

struct worker {
    dsql::pool& pool;
    soak_ledger& ledger;
    std::minstd_rand random;

    bool one_in(unsigned n) { return random() % n == 0; }

    void read() {
        const auto value = static_cast<std::int64_t>(random());
        if (pool.query_value<std::int64_t>("SELECT $1::bigint * 7", value) != value * 7) {
            ledger.wrong("a result that is another's");
        }
    }

    void write() {
        const std::int64_t row = ledger.next();
        try {
            pool.execute("INSERT INTO soak VALUES ($1)", row);
            ledger.written(row);
        } catch (const dsql::server_error& error) {
            // After FATAL, the statement may have been committed. After a conflict, it was not.
            note_unless_unsent(row, !dsql::is_occ_conflict(error));
            throw;
        } catch (const dsql::connection_error& broken) {
            note_unless_unsent(row, broken.statement_may_have_run());
            throw;
        } catch (const dsql::timeout_error& late) {
            note_unless_unsent(row, late.statement_may_have_run());
            throw;
        }
    }

    void note_unless_unsent(std::int64_t row, bool may_have_run) {
        if (may_have_run) {
            ledger.unknown(row);
        }
    }

    void transact() {
        const std::int64_t first = ledger.next();
        const std::int64_t second = ledger.next();
        try {
            auto transaction = pool.begin();
            transaction.execute("INSERT INTO soak VALUES ($1)", first);
            transaction.execute("INSERT INTO soak VALUES ($1)", second);
            if (one_in(8)) {
                return;  // rolled back
            }
            transaction.commit();
        } catch (const dsql::commit_unknown_error&) {
            ledger.unknown(first);
            ledger.unknown(second);
            throw;
        }
        ledger.written(first);
        ledger.written(second);
    }

    void hold() {
        const dsql::pooled_connection handle = pool.acquire();
        if (one_in(500)) {
            shutdown(PQsocket(handle->native_handle()), SHUT_RDWR);  // simulates a network failure
        }
        const auto value = static_cast<std::int64_t>(random());
        if (handle->query_value<std::int64_t>("SELECT $1::bigint + 1", value) != value + 1) {
            ledger.wrong("a result that is another's");
        }
        handle->execute("SELECT pg_sleep(0.002)");
    }

    // Each statement of a batch, in one transaction.
    void write_batch() {
        dsql::batch statements;
        std::vector<std::int64_t> rows(1 + random() % 3);
        for (std::int64_t& row : rows) {
            row = ledger.next();
            statements.add("INSERT INTO soak VALUES ($1)", row);
        }
        write_all(rows, [&] { static_cast<void>(pool.run(statements)); });
    }

    void write_copy() {
        std::vector<std::int64_t> rows(1 + random() % 20);
        for (std::int64_t& row : rows) {
            row = ledger.next();
        }
        const dsql::pooled_connection handle = pool.acquire();
        write_all(rows, [&] {
            dsql::copy_writer copying = handle->copy_in({.table = "soak"});
            for (const std::int64_t row : rows) {
                copying.row(row);
            }
            copying.finish();
        });
    }

    template <class Write>
    void write_all(const std::vector<std::int64_t>& rows, Write write) {
        const auto note = [&](bool may_have_run) {
            for (const std::int64_t row : rows) {
                note_unless_unsent(row, may_have_run);
            }
        };
        try {
            write();
        } catch (const dsql::server_error& error) {
            note(!dsql::is_occ_conflict(error));
            throw;
        } catch (const dsql::connection_error& broken) {
            note(broken.statement_may_have_run());
            throw;
        } catch (const dsql::timeout_error& late) {
            note(late.statement_may_have_run());
            throw;
        }
        for (const std::int64_t row : rows) {
            ledger.written(row);
        }
    }

    // Reads a stream to its end, or leaves it.
    void stream() {
        const dsql::pooled_connection handle = pool.acquire();
        const auto leave_after = static_cast<std::int64_t>(random() % 200);
        std::int64_t read = 0;
        for (const auto& [number] :
             handle->stream<std::int64_t>("SELECT i::bigint FROM generate_series(1, 100) AS i")) {
            if (number != ++read) {
                ledger.wrong("a row of another stream");
            }
            if (read == leave_after) {
                return;
            }
        }
        if (read != 100) {
            ledger.wrong("a stream that ended early");
        }
    }

    // A deadline or a stop request that may strike at any moment of the call.
    void end_early() {
        std::stop_source stop;
        std::jthread stopper;
        dsql::call_limits limits = dsql::within(std::chrono::microseconds(random() % 5'000));
        if (one_in(2)) {
            limits = stop.get_token();
            stopper = std::jthread([&stop] { stop.request_stop(); });
        }
        const auto value = static_cast<std::int64_t>(random());
        try {
            if (pool.query_value<std::int64_t>(limits, "SELECT $1::bigint * 3", value) !=
                value * 3) {
                ledger.wrong("a result that is another's");
            }
        } catch (const dsql::cancelled_error&) {
            ledger.failed("stopped");
        }
    }

    void once() {
        switch (random() % 8) {
            case 0:
                return read();
            case 1:
                return write();
            case 2:
                return transact();
            case 3:
                return write_batch();
            case 4:
                return write_copy();
            case 5:
                return stream();
            case 6:
                return end_early();
            default:
                return hold();
        }
    }

    void once_whatever_happens() {
        try {
            once();
        } catch (const dsql::commit_unknown_error&) {
            ledger.failed("commit unknown");
        } catch (const dsql::server_error& error) {
            record_server_error(error);
        } catch (const dsql::connection_error& broken) {
            ledger.failed("connection: " + std::string(to_string(broken.phase())));
        } catch (const dsql::timeout_error& late) {
            ledger.failed(late.statement_may_have_run() ? "timeout of a statement"
                                                        : "timeout of an acquire");
        } catch (const std::exception& unexpected) {
            ledger.wrong(std::string("an error of another kind: ") + unexpected.what());
        }
    }

    // 57P01: the server is shutting down; 57P02: it has crashed; 57P03: it is starting; 25P02: one
    // of these has aborted the transaction. Conflicts also occur if PostgreSQL takes long to extend
    // a table (docs/dsql-local.md).
    void record_server_error(const dsql::server_error& error) {
        const std::string& sqlstate = error.sqlstate();
        if (sqlstate.starts_with("57P") || sqlstate == "25P02" || dsql::is_occ_conflict(error)) {
            ledger.failed("server: " + error.sqlstate());
        } else {
            ledger.wrong(std::string("a server's error: ") + error.what());
        }
    }
};

}  // namespace

void work(dsql::pool& pool, soak_ledger& ledger, unsigned seed, const std::stop_token& stop) {
    worker self{pool, ledger, std::minstd_rand(seed)};
    while (!stop.stop_requested()) {
        const auto start = std::chrono::steady_clock::now();
        self.once_whatever_happens();
        if (std::chrono::steady_clock::now() - start > stuck_after) {
            ledger.wrong("a call that was stuck");
        }
    }
}

}  // namespace pool_soak
