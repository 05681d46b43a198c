// SPDX-License-Identifier: Apache-2.0
#include "proxy/relay_session.hpp"

#include "wire/messages.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace dsql_cli::proxy {

namespace {

// How many chunks one session may pass on before others have their turn.
constexpr int chunks_per_turn = 8;

// A result that a client did not take must not keep its memory for the rest of the session.
constexpr std::size_t kept_capacity = 4096;

void forget(std::string& bytes) {
    bytes.clear();
    if (bytes.capacity() > kept_capacity) {
        bytes.shrink_to_fit();
    }
}

// Writes all bytes to one side, as far as it takes them now.
template <class Side>
transfer write_all(Side& side, std::string_view bytes) noexcept {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const transfer part = side.write(bytes.substr(written));
        if (part.state != transfer_state::done) {
            return {.state = part.state, .size = written};
        }
        written += part.size;
    }
    return {.state = transfer_state::done, .size = written};
}

std::string format_age(std::chrono::steady_clock::duration age) {
    std::array<char, 32> text{};
    const double seconds = std::chrono::duration<double>(age).count();
    if (seconds < 120) {
        std::snprintf(text.data(), text.size(), "%.1f s", seconds);
    } else {
        std::snprintf(text.data(), text.size(), "%.0f min", seconds / 60);
    }
    return text.data();
}

std::string format_bytes(std::uint64_t count) {
    std::array<char, 32> text{};
    const auto bytes = static_cast<double>(count);
    if (count < 10'000) {
        std::snprintf(text.data(), text.size(), "%.0f B", bytes);
    } else if (count < 10'000'000) {
        std::snprintf(text.data(), text.size(), "%.1f kB", bytes / 1e3);
    } else {
        std::snprintf(text.data(), text.size(), "%.1f MB", bytes / 1e6);
    }
    return text.data();
}

}  // namespace

relay_session::relay_session(parts made)
    : number_(made.number),
      client_(std::move(made.client)),
      cluster_(std::move(made.cluster)),
      cancelable_(std::move(made.cancelable)),
      slot_(std::move(made.slot)),
      traffic_(std::move(made.filter)) {}

int relay_session::cluster_socket() const noexcept {
    return cluster_ == nullptr ? -1 : cluster_->socket();
}

bool relay_session::is_blocked(direction way) const noexcept {
    return !(way == direction::to_cluster ? for_cluster_ : for_client_).empty();
}

bool relay_session::pump(direction way, chunk_memory& memory) {
    if (is_over_) {
        return true;
    }
    if (!has_cluster_) {
        flush_last_words();
        return true;
    }
    return way == direction::to_cluster ? pump_to_cluster(memory) : pump_to_client(memory);
}

bool relay_session::pump_to_cluster(chunk_memory& memory) {
    for (int chunks = 0; chunks < chunks_per_turn; ++chunks) {
        if (!for_cluster_.empty()) {
            const transfer kept = write_all(*cluster_, for_cluster_);
            bytes_to_cluster_ += kept.size;
            for_cluster_.erase(0, kept.size);
            if (kept.state != transfer_state::done) {
                // If it is gone, the other direction finds that out, with what it has said last.
                return true;
            }
            forget(for_cluster_);
        }
        const transfer got = client_.read(memory.data(), chunk_memory::size);
        if (got.state != transfer_state::done) {
            if (got.state == transfer_state::ended) {
                on_client_gone();
            }
            return true;
        }
        const std::string_view chunk(memory.data(), got.size);
        out_.reset(chunk);
        traffic_.from_client(chunk, out_);
        const transfer sent = write_all(*cluster_, out_.bytes());
        bytes_to_cluster_ += sent.size;
        for_cluster_.assign(out_.bytes().substr(sent.size));
        if (for_cluster_.empty() && got.size < chunk_memory::size) {
            return true;
        }
    }
    return false;
}

bool relay_session::pump_to_client(chunk_memory& memory) {
    for (int chunks = 0; chunks < chunks_per_turn; ++chunks) {
        if (!for_client_.empty()) {
            const transfer kept = write_all(client_, for_client_);
            bytes_to_client_ += kept.size;
            for_client_.erase(0, kept.size);
            if (kept.state == transfer_state::ended) {
                on_client_gone();
            }
            if (kept.state != transfer_state::done) {
                return true;
            }
            forget(for_client_);
        }
        const transfer got = cluster_->read(memory.data(), chunk_memory::size);
        if (got.state != transfer_state::done) {
            if (got.state == transfer_state::ended) {
                on_cluster_gone();
            }
            return true;
        }
        const std::string_view chunk(memory.data(), got.size);
        out_.reset(chunk);
        traffic_.from_cluster(chunk, out_);
        const transfer sent = write_all(client_, out_.bytes());
        bytes_to_client_ += sent.size;
        for_client_.assign(out_.bytes().substr(sent.size));
        if (sent.state == transfer_state::ended) {
            on_client_gone();
            return true;
        }
        if (for_client_.empty() && !cluster_->has_read_ahead()) {
            return true;
        }
    }
    return false;
}

void relay_session::on_client_gone() {
    how_ended_ = traffic_.client_has_left() ? "by the client" : "the client closed the connection";
    is_over_ = true;
}

void relay_session::on_cluster_gone() {
    if (traffic_.client_has_left()) {
        on_client_gone();
        return;
    }
    if (traffic_.cluster_has_explained()) {
        how_ended_ = "by the cluster, with an error of its own";
        end_with({}, {}, {});
        return;
    }
    constexpr auto nearly_an_hour = std::chrono::minutes(59);
    const clock::duration age = clock::now() - started_;
    const bool is_old = age >= nearly_an_hour;
    how_ended_ = is_old ? "by the cluster, at the age at which it closes every connection"
                        : "by the cluster, without an error message";
    const std::string what =
        "terminating connection: Aurora DSQL has closed it after " + format_age(age);
    const std::string hint = "Connect again. Aurora DSQL closes every connection after 60 minutes.";
    if (traffic_.is_busy()) {
        end_with("08006", what + ", while a statement was under way; it may have run", hint);
    } else {
        end_with("57P01", what, hint);
    }
}

void relay_session::stop() {
    if (has_cluster_ && !is_over_) {
        how_ended_ = "the proxy stops";
        end_with("57P01", "terminating connection: dsql proxy stops", {});
    }
    is_over_ = true;
}

void relay_session::close_cluster() noexcept {
    cancelable_.reset();
    cluster_.reset();
}

// The connection to the cluster is closed now; that to the client, when it has everything.
void relay_session::end_with(std::string_view sqlstate, std::string message, std::string hint) {
    if (!message.empty() && traffic_.is_between_responses()) {
        for_client_ += wire::encode_error_response({.sqlstate = std::string(sqlstate),
                                                    .message = std::move(message),
                                                    .hint = std::move(hint)});
    }
    has_cluster_ = false;
    for_cluster_.clear();
    flush_last_words();
}

void relay_session::flush_last_words() {
    const transfer sent = write_all(client_, for_client_);
    bytes_to_client_ += sent.size;
    for_client_.erase(0, sent.size);
    if (sent.state != transfer_state::blocked) {
        client_.discard_input();
        is_over_ = true;
    }
}

std::string relay_session::summary() const {
    return "ended after " + format_age(clock::now() - started_) + ": " + how_ended_ + "; " +
           format_bytes(bytes_to_cluster_) + " to the cluster, " + format_bytes(bytes_to_client_) +
           " to the client";
}

}  // namespace dsql_cli::proxy
