// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/query.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <typeinfo>
#include <utility>

namespace dsql::detail {

class socket_watch;

/// What outlives an execution context: whether it has ended, and its watches. Other threads may end
/// a watch or wake an operation while the context ends, so all of them hold the mutex.
struct context_life {
    std::mutex mutex{};
    bool has_ended = false;
    std::set<socket_watch*> watches{};
};

/// Notes the end of its execution context. That is before the context destroys its handlers.
class context_life_service final : public boost::asio::execution_context::service {
public:
    using key_type = context_life_service;
    static inline boost::asio::execution_context::id id{};

    explicit context_life_service(boost::asio::execution_context& of)
        : boost::asio::execution_context::service(of) {}

    /// The life of an executor's context.
    [[nodiscard]] static const std::shared_ptr<context_life>& of(
        const boost::asio::any_io_executor& executor) {
        return boost::asio::use_service<context_life_service>(
                   boost::asio::query(executor, boost::asio::execution::context))
            .life_;
    }

private:
    void shutdown() override;

    const std::shared_ptr<context_life> life_ = std::make_shared<context_life>();
};

/// A connection's socket, registered with an execution context. It is kept with the connection, so
/// that the context registers the socket once and not for each operation. What is registered is a
/// duplicate of the descriptor, which this class owns and closes: if a connection breaks, libpq
/// closes its own descriptor at once, and the number could already belong to another connection
/// while the context still watches it.
class socket_watch final : public socket_attachment {
public:
    socket_watch(boost::asio::any_io_executor executor, int socket)
        : context_(&boost::asio::query(executor, boost::asio::execution::context)),
          life_(context_life_service::of(executor)),
          descriptor_(std::in_place, executor) {
        watch(duplicate(socket));
        const std::lock_guard lock(life_->mutex);
        life_->watches.insert(this);
    }
    socket_watch(const socket_watch&) = delete;
    socket_watch& operator=(const socket_watch&) = delete;
    ~socket_watch() override {
        const std::lock_guard lock(life_->mutex);
        life_->watches.erase(this);
        leave_context();
    }

    /// The watch of an operation's socket by the context of an executor.
    [[nodiscard]] static boost::asio::posix::stream_descriptor& of(
        any_operation& work, const boost::asio::any_io_executor& executor) {
        socket_watch* const kept = find(work);
        if (kept != nullptr && kept->descriptor_ &&
            kept->context_ == &boost::asio::query(executor, boost::asio::execution::context)) {
            return *kept->descriptor_;
        }
        work.attach(nullptr);  // before another descriptor of Asio watches the socket
        const auto made = std::make_shared<socket_watch>(executor, work.socket());
        work.attach(made);
        return *made->descriptor_;
    }

    /// Ends all waits for the socket of an operation.
    static void end_waits(const any_operation& work) {
        socket_watch* const kept = find(work);
        if (kept != nullptr && kept->descriptor_) {
            kept->descriptor_->cancel();
        }
    }

private:
    friend class context_life_service;

    // Returns null if there is none, or if what is kept with the socket is another loop's.
    [[nodiscard]] static socket_watch* find(const any_operation& work) noexcept {
        socket_attachment* const kept = work.attached();
        return kept != nullptr && typeid(*kept) == typeid(socket_watch)
                   ? static_cast<socket_watch*>(kept)
                   : nullptr;
    }

    [[nodiscard]] static int duplicate(int socket) {
        const int made = fcntl(socket, F_DUPFD_CLOEXEC, 0);
        if (made < 0) {
            throw connection_error(
                "the connection broke while a statement was under way; it may have run: its socket "
                "cannot be duplicated, to wait for it: " +
                    std::system_category().message(errno),
                true);
        }
        return made;
    }
    // Takes the descriptor over, also if that fails.
    void watch(int socket) {
        try {
            descriptor_->assign(socket);
        } catch (...) {
            ::close(socket);
            throw;
        }
    }
    void leave_context() noexcept { descriptor_.reset(); }

    boost::asio::execution_context* const context_;
    const std::shared_ptr<context_life> life_;
    std::optional<boost::asio::posix::stream_descriptor> descriptor_;  // none after the context
};

inline void context_life_service::shutdown() {
    const std::lock_guard lock(life_->mutex);
    life_->has_ended = true;
    for (socket_watch* const watch : life_->watches) {
        watch->leave_context();
    }
    life_->watches.clear();
}

}  // namespace dsql::detail
