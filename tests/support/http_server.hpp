// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/loopback_server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

/// A request that an `http_server` received. Header names are in lower case.
struct received_request {
    std::string method{};
    std::string target{};
    std::map<std::string, std::string> headers{};
    std::string body{};
};

/// A response of an `http_server`.
struct canned_response {
    int status = 200;
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};
    /// Send nothing and keep the connection open, to test time-outs.
    bool silent = false;
    /// Close the connection without a response.
    bool cut = false;
};

/// An HTTP/1.1 server on loopback. It serves one connection at a time, with one request each, and
/// keeps the requests.
class http_server {
public:
    using handler = std::function<canned_response(const received_request&)>;

    explicit http_server(handler respond)
        : respond_(std::move(respond)), server_([this](int connection) { serve(connection); }) {}
    /// Sends these responses in order, and repeats the last one:
    /// `http_server server{{.status = 503}, {.body = "{}"}};`
    http_server(std::initializer_list<canned_response> in_order)
        : http_server([answers = std::vector<canned_response>(in_order),
                       next = std::size_t{0}](const received_request&) mutable {
              const std::size_t index = std::min(next++, answers.size() - 1);
              return answers[index];
          }) {}
    ~http_server() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
    }
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    [[nodiscard]] int port() const noexcept { return server_.port(); }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
    /// Returns all requests so far.
    [[nodiscard]] std::vector<received_request> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    void serve(int connection) {
        received_request request;
        if (!read_request(connection, request)) {
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        const canned_response response = respond_(request);
        if (response.silent) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_; });
        } else if (!response.cut) {
            send_response(connection, response);
        }
    }

    static bool read_request(int connection, received_request& request) {
        std::string text;
        std::size_t head_end = std::string::npos;
        while ((head_end = text.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more(connection, text)) {
                return false;
            }
        }
        parse_head(text.substr(0, head_end), request);
        const auto length = request.headers.find("content-length");
        const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
        while (text.size() < head_end + 4 + size) {
            if (!read_more(connection, text)) {
                return false;
            }
        }
        request.body = text.substr(head_end + 4, size);
        return true;
    }

    static bool read_more(int connection, std::string& text) {
        char part[4096];
        const ssize_t size = recv(connection, part, sizeof part, 0);
        if (size > 0) {
            text.append(part, static_cast<std::size_t>(size));
        }
        return size > 0;
    }

    static void parse_head(const std::string& head, received_request& request) {
        std::size_t start = 0;
        for (bool first = true; start < head.size(); first = false) {
            const std::size_t end = std::min(head.find("\r\n", start), head.size());
            const std::string line = head.substr(start, end - start);
            start = end + 2;
            if (first) {
                const std::size_t space = line.find(' ');
                request.method = line.substr(0, space);
                request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
                continue;
            }
            const std::size_t colon = line.find(':');
            std::string name = line.substr(0, colon);
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            const std::size_t value = line.find_first_not_of(' ', colon + 1);
            request.headers[name] = value == std::string::npos ? "" : line.substr(value);
        }
    }

    static void send_response(int connection, const canned_response& response) {
        std::string text = "HTTP/1.1 " + std::to_string(response.status) + " Status\r\n";
        for (const auto& [name, value] : response.headers) {
            text += name + ": " + value + "\r\n";
        }
        text += "Content-Length: " + std::to_string(response.body.size()) +
                "\r\nConnection: close\r\n\r\n" + response.body;
        std::size_t sent = 0;
        while (sent < text.size()) {
            const ssize_t size =
                send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) {
                return;
            }
            sent += static_cast<std::size_t>(size);
        }
        // Let the client close first. If the server closed first, a reset could discard data that
        // the client has not read yet.
        shutdown(connection, SHUT_WR);
        std::string rest;
        while (read_more(connection, rest)) {
        }
    }

    handler respond_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<received_request> requests_;  // guarded by mutex_
    bool stopping_ = false;                   // guarded by mutex_
    loopback_server server_;  // the last member, because its thread uses those above
};
