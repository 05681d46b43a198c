// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/query.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace dsql::detail {

class socket_watch;

/// The watches of one execution context. The context or a watch may end first, on different
/// threads, so they share this.
struct socket_watch_list {
    std::mutex mutex{};
    std::set<socket_watch*> watches{};
};

/// Tells the watches of its execution context when the context ends.
class socket_watch_service final : public boost::asio::execution_context::service {
public:
    using key_type = socket_watch_service;
    static inline boost::asio::execution_context::id id{};

    explicit socket_watch_service(boost::asio::execution_context& of)
        : boost::asio::execution_context::service(of) {}

    [[nodiscard]] const std::shared_ptr<socket_watch_list>& list() const noexcept { return list_; }

private:
    void shutdown() override;

    const std::shared_ptr<socket_watch_list> list_ = std::make_shared<socket_watch_list>();
};

/// A connection's socket as an execution context watches it. It is kept with the connection, so
/// that the context is told of the socket once and not for each operation. It never closes the
/// socket.
class socket_watch final : public socket_attachment {
public:
    socket_watch(boost::asio::any_io_executor executor, int socket)
        : context_(&boost::asio::query(executor, boost::asio::execution::context)),
          list_(boost::asio::use_service<socket_watch_service>(*context_).list()),
          descriptor_(std::in_place, executor, socket) {
        const std::lock_guard lock(list_->mutex);
        list_->watches.insert(this);
    }
    socket_watch(const socket_watch&) = delete;
    socket_watch& operator=(const socket_watch&) = delete;
    ~socket_watch() override {
        const std::lock_guard lock(list_->mutex);
        list_->watches.erase(this);
        leave_context();
    }

    /// The watch of an operation's socket by the context of an executor.
    [[nodiscard]] static boost::asio::posix::stream_descriptor& of(
        any_operation& work, const boost::asio::any_io_executor& executor) {
        const auto kept = std::dynamic_pointer_cast<socket_watch>(work.attached());
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
        const auto kept = std::dynamic_pointer_cast<socket_watch>(work.attached());
        if (kept != nullptr && kept->descriptor_) {
            kept->descriptor_->cancel();
        }
    }

private:
    friend class socket_watch_service;

    void leave_context() noexcept {
        if (descriptor_) {
            descriptor_->release();
            descriptor_.reset();
        }
    }

    boost::asio::execution_context* const context_;
    const std::shared_ptr<socket_watch_list> list_;
    std::optional<boost::asio::posix::stream_descriptor> descriptor_;  // none after the context
};

inline void socket_watch_service::shutdown() {
    const std::lock_guard lock(list_->mutex);
    for (socket_watch* const watch : list_->watches) {
        watch->leave_context();
    }
    list_->watches.clear();
}

}  // namespace dsql::detail
