// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/relay_buffer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace dsql_local {

/// Why pump() ended.
enum class pump_end { source_ended, source_failed, sink_failed, stopped };

/// Whether an error means that the peer closed the connection, rather than that it broke. That
/// includes closing without TLS's close_notify, as many clients do: PostgreSQL's messages have a
/// length, so a truncation cannot go unnoticed.
inline bool closed_by_peer(const boost::system::error_code& error) {
    return error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated;
}

/// The size of the chunks that are read.
constexpr std::size_t chunk_size = 65'536;

/// A socket without TLS.
template <class Stream>
concept plain_socket = !requires(Stream & stream) {
    stream.next_layer();
};

/// Reads what has arrived at a socket, without waiting; at its end, the error is `eof`.
inline std::pair<boost::system::error_code, std::size_t> receive_now(int socket,
                                                                     std::vector<char>& chunk) {
    const ssize_t size = recv(socket, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size > 0) {
        return {boost::system::error_code(), static_cast<std::size_t>(size)};
    }
    if (size == 0) {
        return {boost::asio::error::eof, 0};
    }
    const int why = errno == EINTR ? EAGAIN : errno;
    return {boost::system::error_code(why, boost::system::system_category()), 0};
}

/// Writes what a socket takes without waiting. Returns how many bytes that were; 0 also after an
/// error, which the next write finds too.
inline std::size_t send_now(int socket, std::string_view bytes) {
    const ssize_t size = send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
}

/// What a filter says: whether the pump goes on. Not every filter knows at once.
using filter_decision = std::variant<bool, boost::asio::awaitable<bool>>;

/// Copies bytes from `source` to `sink`, until one of the streams ends or the filter says so.
/// `filter` is a filter_decision(std::string_view chunk, relay_buffer& out), which may write to the
/// sink itself. The bytes in `out` are written also if the pump does not go on.
///
/// Plain sockets are read and written without Asio's operations, which take a turn of the event
/// loop also when the socket is ready. Reads wait first, because a relay's socket is seldom ready
/// before its peer has got what was just written.
template <class Source, class Sink, class Filter>
boost::asio::awaitable<pump_end> pump(Source& source, Sink& sink, Filter filter) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    std::vector<char> chunk(chunk_size);
    wire::relay_buffer out;
    boost::system::error_code read_error;
    std::size_t size = 0;
    while (true) {
        if constexpr (plain_socket<Source>) {
            if (size < chunk.size()) {
                std::tie(read_error) = co_await source.async_wait(Source::wait_read, no_throw);
            }
            if (!read_error) {
                std::tie(read_error, size) = receive_now(source.native_handle(), chunk);
            }
            if (read_error == boost::asio::error::would_block) {
                continue;
            }
        } else {
            std::tie(read_error, size) =
                co_await source.async_read_some(boost::asio::buffer(chunk), no_throw);
        }
        if (read_error) {
            co_return closed_by_peer(read_error) ? pump_end::source_ended : pump_end::source_failed;
        }
        filter_decision decided = filter(std::string_view(chunk.data(), size), out);
        auto* const undecided = std::get_if<boost::asio::awaitable<bool>>(&decided);
        const bool goes_on =
            undecided != nullptr ? co_await std::move(*undecided) : std::get<bool>(decided);
        std::string_view bytes = out.bytes();
        if constexpr (plain_socket<Sink>) {
            bytes.remove_prefix(bytes.empty() ? 0 : send_now(sink.native_handle(), bytes));
        }
        if (!bytes.empty()) {
            const auto [write_error, written] = co_await boost::asio::async_write(
                sink, boost::asio::buffer(bytes.data(), bytes.size()), no_throw);
            if (write_error) {
                co_return pump_end::sink_failed;
            }
        }
        if (!goes_on) {
            co_return pump_end::stopped;
        }
    }
}

/// Sends close_notify and waits for the peer's. Ignores errors, because the connection ends anyway.
template <class TlsStream>
boost::asio::awaitable<void> shut_down_tls(TlsStream& stream) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    co_await stream.async_shutdown(no_throw);
}

/// Reads and discards data until the peer closes the connection.
template <class Socket>
boost::asio::awaitable<void> drain(Socket& socket) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    std::array<char, 4096> ignored{};
    boost::system::error_code error;
    while (!error) {
        const auto [result, size] =
            co_await socket.async_read_some(boost::asio::buffer(ignored), no_throw);
        error = result;
    }
}

}  // namespace dsql_local
