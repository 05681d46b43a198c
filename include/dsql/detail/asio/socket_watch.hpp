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

namespace dsql::detail {

class socket_watch;

/// The watches of one execution context, which must not outlive it.
class socket_watches final : public boost::asio::execution_context::service {
public:
    using key_type = socket_watches;
    static inline boost::asio::execution_context::id id{};

    explicit socket_watches(boost::asio::execution_context& of)
        : boost::asio::execution_context::service(of) {}

    void add(socket_watch& added) {
        const std::lock_guard lock(mutex_);
        watches_.insert(&added);
    }
    void remove(socket_watch& removed) noexcept {
        const std::lock_guard lock(mutex_);
        watches_.erase(&removed);
    }

private:
    void shutdown() override;

    std::mutex mutex_;
    std::set<socket_watch*> watches_;
};

/// A connection's socket as an execution context watches it. It is kept with the connection, so
/// that the context is told of the socket once and not for each operation. It never closes the
/// socket.
class socket_watch final : public socket_attachment {
public:
    socket_watch(boost::asio::any_io_executor executor, int socket)
        : context_(boost::asio::query(executor, boost::asio::execution::context)),
          watches_(&boost::asio::use_service<socket_watches>(context_)),
          descriptor_(std::in_place, executor, socket) {
        watches_->add(*this);
    }
    socket_watch(const socket_watch&) = delete;
    socket_watch& operator=(const socket_watch&) = delete;
    ~socket_watch() override {
        if (watches_ != nullptr) {
            watches_->remove(*this);
        }
        leave_context();
    }

    /// The watch of an operation's socket by a context.
    [[nodiscard]] static boost::asio::posix::stream_descriptor& of(
        std::shared_ptr<socket_attachment>& kept, int socket,
        const boost::asio::any_io_executor& executor) {
        auto* watch = dynamic_cast<socket_watch*>(kept.get());
        if (watch == nullptr || !watch->descriptor_ ||
            &watch->context_ != &boost::asio::query(executor, boost::asio::execution::context)) {
            kept.reset();
            auto made = std::make_shared<socket_watch>(executor, socket);
            watch = made.get();
            kept = std::move(made);
        }
        return *watch->descriptor_;
    }

    /// Ends all waits for a socket.
    static void end_waits(const std::shared_ptr<socket_attachment>& kept) {
        auto* const watch = dynamic_cast<socket_watch*>(kept.get());
        if (watch != nullptr && watch->descriptor_) {
            watch->descriptor_->cancel();
        }
    }

    /// The context is about to be destroyed.
    void context_ends() noexcept {
        watches_ = nullptr;
        leave_context();
    }

private:
    void leave_context() noexcept {
        if (descriptor_) {
            descriptor_->release();
            descriptor_.reset();
        }
    }

    boost::asio::execution_context& context_;
    socket_watches* watches_;  // null after the end of the context
    std::optional<boost::asio::posix::stream_descriptor> descriptor_;
};

inline void socket_watches::shutdown() {
    const std::lock_guard lock(mutex_);
    for (socket_watch* const watch : watches_) {
        watch->context_ends();
    }
    watches_.clear();
}

}  // namespace dsql::detail
