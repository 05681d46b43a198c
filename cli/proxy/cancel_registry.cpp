// SPDX-License-Identifier: Apache-2.0
#include "proxy/cancel_registry.hpp"

#include "proxy/scram.hpp"
#include "wire/messages.hpp"

#include <libpq-fe.h>

#include <memory>
#include <utility>

// The headers of versions before 17 do not declare these functions. They are weak, so that the
// program also starts with a library that lacks them.
extern "C" {
typedef struct pg_cancel_conn PGcancelConn;
PGcancelConn* PQcancelCreate(PGconn* conn) __attribute__((weak));
int PQcancelBlocking(PGcancelConn* cancelConn) __attribute__((weak));
void PQcancelFinish(PGcancelConn* cancelConn) __attribute__((weak));
}

namespace dsql_cli::proxy {

cancel_registry::entry::entry(entry&& other) noexcept
    : of_(std::exchange(other.of_, nullptr)), key_(other.key_) {}

cancel_registry::entry::~entry() {
    if (of_ != nullptr) {
        const std::lock_guard lock(of_->mutex_);
        of_->connections_.erase(key_);
    }
}

// A pair of the server's process and a secret may be taken, since the cluster has many servers.
cancel_registry::entry cancel_registry::add(const cluster_connection& connection) {
    const std::lock_guard lock(mutex_);
    cancel_key key{.process_id = connection.process_id()};
    do {
        key.secret = wire::read_uint32(random_bytes(sizeof key.secret));
    } while (!connections_.emplace(key, &connection).second);
    return {*this, key};
}

cancel_outcome cancel_registry::cancel(const cancel_key& key) {
    if (&PQcancelCreate == nullptr) {
        return cancel_outcome::no_tls;
    }
    std::unique_ptr<PGcancelConn, void (*)(PGcancelConn*)> request(nullptr, &PQcancelFinish);
    {
        const std::lock_guard lock(mutex_);
        const auto found = connections_.find(key);
        if (found == connections_.end()) {
            return cancel_outcome::unknown_key;
        }
        // It only copies the parameters of the connection, which do not change.
        request.reset(PQcancelCreate(const_cast<pg_conn*>(found->second->handle())));
    }
    return request != nullptr && PQcancelBlocking(request.get()) == 1 ? cancel_outcome::sent
                                                                      : cancel_outcome::failed;
}

}  // namespace dsql_cli::proxy
