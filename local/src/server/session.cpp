// SPDX-License-Identifier: Apache-2.0
#include "server/session.hpp"

#include "server/session_ended.hpp"
#include "server/stream_io.hpp"
#include "wire/messages.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <optional>
#include <string>
#include <utility>

namespace dsql_local {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using boost::system::error_code;
using boost::system::system_error;

constexpr std::chrono::seconds linger_time(2);
constexpr char terminate_message = 'X';

}  // namespace

std::vector<test_identity> session_settings::current_identities() const {
    if (keys_file) {
        std::vector<test_identity> read = read_identities(*keys_file, keys.region);
        read.insert(read.end(), identities.begin(), identities.end());
        return read;
    }
    std::vector<test_identity> all{{.arn = std::string(first_identity_arn), .keys = keys}};
    all.insert(all.end(), identities.begin(), identities.end());
    return all;
}

session::session(tcp_socket socket, asio::ssl::context& tls,
                 std::shared_ptr<const session_settings> settings, std::uint64_t number)
    : client_(std::move(socket), tls),
      backend_(client_.get_executor()),
      timer_(client_.get_executor()),
      delay_timer_(client_.get_executor()),
      session_timer_(client_.get_executor()),
      response_event_(client_.get_executor()),
      settings_(std::move(settings)),
      log_(settings_->verbose, number),
      close_after_(settings_->shared->faults) {}

asio::awaitable<void> session::serve() {
    const auto self = shared_from_this();
    bool ends_silently = false;
    try {
        co_await serve_or_throw();
    } catch (const session_ended& end) {
        log(end.reason);
        ends_silently = true;  // co_await is not allowed in a handler
    } catch (const system_error& error) {
        log("ended: " + error.code().message());
    }
    if (ends_silently) {
        co_await close_gracefully();
    }
    cancel_deadline();
    session_timer_.cancel();
    close();
}

asio::awaitable<void> session::serve_or_throw() {
    start_deadline(settings_->login_timeout);
    std::optional<wire::error_response> login_response;
    try {
        co_await log_in();
    } catch (const wire::login_error& error) {
        login_response = error.response();  // co_await is not allowed in a handler
    }
    if (login_response) {
        co_await send_error(*login_response);
    } else {
        cancel_deadline();
        co_await forward_traffic();
    }
}

asio::awaitable<void> session::forward_traffic() {
    filter_.emplace(settings_->shared, settings_->limits, settings_->message_size_limit);
    start_session_limit();
    asio::co_spawn(client_.get_executor(), forward_requests(shared_from_this()), asio::detached);
    const pump_end end =
        co_await pump(backend_, client_, [this](std::string_view chunk, wire::relay_buffer& out) {
            return filter_responses(chunk, out);
        });
    has_ended_ = true;
    response_event_.cancel();
    if (is_cut_) {
        co_await close_abruptly();
    } else if (end == pump_end::source_ended && filter_->closing_error()) {
        co_await send_error(*filter_->closing_error());
    } else if (end != pump_end::sink_failed) {
        // Everything that PostgreSQL sent has been written. Give the client time to read it.
        co_await close_gracefully();
    }
    log("closed");
}

asio::awaitable<void> session::forward_requests(std::shared_ptr<session> self) {
    const auto filter = [&self](std::string_view chunk, wire::relay_buffer& out) {
        return self->filter_requests(chunk, out);
    };
    const pump_end end = co_await pump(self->client_, self->backend_, filter);
    error_code ignored;
    if (end == pump_end::source_ended) {
        // PostgreSQL then closes its side, which ends forward_traffic().
        self->backend_.shutdown(asio::socket_base::shutdown_send, ignored);
    } else if (end == pump_end::source_failed) {
        self->close();
    } else if (end == pump_end::stopped && self->filter_->is_cut()) {
        self->cut();
    }
}

filter_decision session::filter_requests(std::string_view chunk, wire::relay_buffer& out) {
    // Delays a whole request, not each chunk of it.
    if (filter_->is_idle() && chunk.front() != terminate_message) {
        if (const auto delay = strike_delay(); delay.count() > 0) {
            return filter_later(chunk, out, delay);
        }
    }
    const std::uint64_t seen_responses = response_count_;
    apply_requests(chunk, out);
    return filter_->is_waiting() ? filter_decision(await_responses(out, seen_responses))
                                 : filter_decision(goes_on_with_requests());
}

asio::awaitable<bool> session::filter_later(std::string_view chunk, wire::relay_buffer& out,
                                            std::chrono::milliseconds delay) {
    co_await wait_for(delay);
    const std::uint64_t seen_responses = response_count_;
    apply_requests(chunk, out);
    co_return co_await await_responses(out, seen_responses);
}

void session::apply_requests(std::string_view chunk, wire::relay_buffer& out) {
    log_.received(chunk);
    filter_->filter_requests(chunk, std::chrono::steady_clock::now(), out);
    update_watch();
}

asio::awaitable<bool> session::await_responses(wire::relay_buffer& out,
                                               std::uint64_t seen_responses) {
    while (filter_->is_waiting()) {
        const std::string_view bytes = out.bytes();
        if (!bytes.empty()) {
            co_await asio::async_write(backend_, asio::buffer(bytes.data(), bytes.size()),
                                       asio::as_tuple(use_awaitable));
        }
        if (seen_responses == response_count_ && !has_ended_) {
            response_event_.expires_at(asio::steady_timer::time_point::max());
            co_await response_event_.async_wait(asio::as_tuple(use_awaitable));
        }
        if (has_ended_) {
            out.reset({});
            co_return false;
        }
        seen_responses = response_count_;
        filter_->resume_requests(std::chrono::steady_clock::now(), out);
        update_watch();
    }
    co_return goes_on_with_requests();
}

bool session::goes_on_with_requests() const {
    return !filter_->is_cut() && !filter_->closing_error();
}

bool session::filter_responses(std::string_view chunk, wire::relay_buffer& out) {
    filter_->filter_responses(chunk, std::chrono::steady_clock::now(), out);
    if (std::string own = filter_->take_own_requests(); !own.empty()) {
        // Not here: PostgreSQL stops to read if nobody reads its responses.
        asio::co_spawn(client_.get_executor(), send_own(shared_from_this(), std::move(own)),
                       asio::detached);
    }
    update_watch();
    ++response_count_;
    if (filter_->is_waiting()) {
        response_event_.cancel();
    }
    std::size_t size = out.bytes().size();
    is_cut_ = is_cut_ || filter_->is_cut() || close_after_.cut(size);
    out.truncate(size);
    log_.sent(out.bytes());
    return !is_cut_;
}

// No other write is under way: requests of the endpoint follow when PostgreSQL has answered all
// others, and the client's wait for their responses.
asio::awaitable<void> session::send_own(std::shared_ptr<session> self, std::string requests) {
    co_await asio::async_write(self->backend_, asio::buffer(requests),
                               asio::as_tuple(use_awaitable));
}

// Tells the monitor of locks what the session does. The monitor calls back in its own thread.
void session::update_watch() {
    if (!watched_ && settings_->locks && filter_->backend_process() != 0) {
        watched_.emplace(
            *settings_->locks, filter_->backend_process(),
            [weak = weak_from_this(), executor = client_.get_executor()](transaction_id which) {
                asio::post(executor, [weak, which] {
                    if (const auto self = weak.lock()) {
                        self->give_way(which);
                    }
                });
            });
    }
    if (watched_) {
        watched_->update(filter_->open_transaction(), filter_->awaits_response(),
                         filter_->holds_locks());
    }
}

// PostgreSQL owes an idle session nothing, so its socket takes these few bytes at once, and no
// other write is under way.
void session::give_way(transaction_id which) {
    std::string bytes;
    filter_->give_way(which, bytes);
    if (bytes.empty() || has_ended_) {
        return;
    }
    error_code failed;
    asio::write(backend_, asio::buffer(bytes), failed);
    update_watch();
}

// Zero unless the fault of a delay strikes.
std::chrono::milliseconds session::strike_delay() {
    const auto milliseconds = settings_->shared->faults.strike(fault::delay);
    return std::chrono::milliseconds(milliseconds ? std::stoll(*milliseconds) : 0);
}

asio::awaitable<void> session::wait_for(std::chrono::milliseconds delay) {
    if (delay.count() > 0) {
        delay_timer_.expires_after(delay);
        co_await delay_timer_.async_wait(asio::as_tuple(use_awaitable));
    }
}

// Ends forward_traffic(), which then closes the connection without an error message. If the client
// does not read, the deadline closes the connection.
void session::cut() {
    is_cut_ = true;
    start_deadline(linger_time);
    error_code ignored;
    backend_.close(ignored);
}

void session::start_session_limit() {
    if (settings_->limits.session.count() == 0) {
        return;
    }
    session_timer_.expires_after(
        std::chrono::duration_cast<asio::steady_timer::duration>(settings_->limits.session));
    session_timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) {
            self->log("session time limit reached");
            self->cut();
        }
    });
}

asio::awaitable<void> session::send_error(wire::error_response error) {
    log_.refused(error);
    start_deadline(linger_time);
    std::string bytes = wire::encode_error_response(error);
    co_await send(std::move(bytes));
    co_await close_gracefully();
}

// If a socket is closed while it holds unread bytes, the kernel resets the connection, and the
// client can lose data that it has not read yet. So let the client close first, for a limited time.
asio::awaitable<void> session::close_gracefully() {
    start_deadline(linger_time);
    if (has_tls_) {
        co_await shut_down_tls(client_);
    }
    error_code ignored;
    client_.next_layer().shutdown(asio::socket_base::shutdown_send, ignored);
    co_await drain(client_.next_layer());
}

// Closes the connection as a failing network or server would: without an error message and without
// TLS's close_notify. Data that was sent before still arrives.
asio::awaitable<void> session::close_abruptly() {
    log("cut");
    start_deadline(linger_time);
    error_code ignored;
    backend_.close(ignored);
    client_.next_layer().shutdown(asio::socket_base::shutdown_send, ignored);
    co_await drain(client_.next_layer());
}

void session::close() noexcept {
    error_code ignored;
    client_.next_layer().close(ignored);
    backend_.close(ignored);
}

void session::start_deadline(std::chrono::steady_clock::duration limit) {
    const std::uint64_t number = ++deadline_number_;
    timer_.expires_after(limit);
    timer_.async_wait([self = shared_from_this(), number](error_code error) {
        if (!error && number == self->deadline_number_) {
            self->log("out of time");
            self->close();
        }
    });
}

void session::cancel_deadline() {
    ++deadline_number_;
    timer_.cancel();
}

void session::log(const std::string& event) const {
    log_.event(event);
}

}  // namespace dsql_local
