// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/relay_buffer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <string_view>
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

/// Copies bytes from `source` to `sink`, until one of the streams ends or the filter returns false.
/// `filter` is an awaitable<bool>(std::string_view chunk, relay_buffer& out), which may write to
/// the sink itself. The bytes in `out` are written also if it returns false.
template <class Source, class Sink, class Filter>
boost::asio::awaitable<pump_end> pump(Source& source, Sink& sink, Filter filter) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    std::vector<char> chunk(chunk_size);
    wire::relay_buffer out;
    while (true) {
        const auto [read_error, size] =
            co_await source.async_read_some(boost::asio::buffer(chunk), no_throw);
        if (read_error) {
            co_return closed_by_peer(read_error) ? pump_end::source_ended : pump_end::source_failed;
        }
        const bool goes_on = co_await filter(std::string_view(chunk.data(), size), out);
        const std::string_view bytes = out.bytes();
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
