// SPDX-License-Identifier: Apache-2.0
// Wrong uses of the library, each with the error that the compiler has to give first. Read by
// compile_errors_test.py; not compiled as one. A case begins with its name, how many errors there may
// be (one, unless it is said), and what the first one says.
#include <dsql/dsql.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

extern dsql::pool pool;
extern const dsql::pool constant_pool;
extern dsql::connection connection;

//: handle in place of a connection: retries take the connection or pool itself, not what points to it: write *handle
void f() {
    auto handle = pool.acquire();
    dsql::transact(handle, [](dsql::transaction&) {});
}

//: pointer in place of a pool: retries take the connection or pool itself, not what points to it: write *handle
void f(const std::unique_ptr<dsql::pool>& shared) {
    dsql::transact(shared, dsql::within(1s), [](dsql::transaction&) {});
}

//: handle for an idempotent transaction: retries take the connection or pool itself
void f() {
    auto handle = pool.acquire();
    dsql::transact_idempotent(handle, "key", [](dsql::transaction&) {});
}

//: handle for one statement: retries take the connection or pool itself
void f() {
    auto handle = pool.acquire();
    dsql::execute_with_retry(handle, "SELECT 1");
}

//: handle for a typed query: retries take the connection or pool itself
void f() {
    auto handle = pool.acquire();
    dsql::query_with_retry<int>(handle, "SELECT 1");
}

//: transaction in a transaction: retries take a dsql::pool or a dsql::connection
void f(dsql::transaction& running) {
    dsql::transact(running, [](dsql::transaction&) {});
}

//: constant pool: retries take a pool or connection that is no temporary and not const: give it a name
void f() {
    dsql::transact(constant_pool, [](dsql::transaction&) {});
}

//: temporary connection: retries take a pool or connection that is no temporary and not const: give it a name
void f(const dsql::config& settings) {
    dsql::transact(dsql::connect(settings), [](dsql::transaction&) {});
}

//: right targets: compiles
void f() {
    auto handle = pool.acquire();
    dsql::transact(*handle, [](dsql::transaction&) {});
    dsql::transact(pool, dsql::within(1s), [](dsql::transaction&) {});
    dsql::transact(connection, [](dsql::transaction&) {});
    dsql::execute_with_retry(pool, "SELECT 1");
}
