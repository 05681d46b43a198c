// SPDX-License-Identifier: Apache-2.0
// Fuzzes dsql-local between a client and PostgreSQL. The input is what a client sends after its
// login; a small imitation of PostgreSQL answers what it gets. Whatever the client sends:
// - PostgreSQL gets whole messages, if the client sends whole messages;
// - the client gets whole messages, and one ReadyForQuery for each of PostgreSQL's;
// - the filter keeps no request back until a response that PostgreSQL does not send yet;
// - how the network cuts the bytes changes nothing.
#include "protocol/protocol_filter.hpp"
#include "wire/messages.hpp"
#include "wire/relay_buffer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace dsql_local;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// Removes a whole message from the front of `bytes` and returns it. Returns std::nullopt if there
// is none, or one with a length that PostgreSQL rejects.
std::optional<std::string_view> take_message(std::string_view& bytes) {
    constexpr std::size_t header_size = 5;
    if (bytes.size() < header_size) {
        return std::nullopt;
    }
    const std::size_t length = wire::read_uint32(bytes.substr(1));
    if (length < 4 || length >= bytes.size()) {
        return std::nullopt;
    }
    const std::string_view message = bytes.substr(0, 1 + length);
    bytes.remove_prefix(message.size());
    return message;
}

// The sizes of the chunks in which bytes arrive: all at once, or between 1 and 64 bytes.
class chunk_sizes {
public:
    explicit chunk_sizes(bool is_whole, std::uint32_t seed) : is_whole_(is_whole), state_(seed) {}

    std::size_t next() {
        state_ = state_ * 1'664'525U + 1'013'904'223U;
        return is_whole_ ? SIZE_MAX : 1 + (state_ >> 26U);
    }

private:
    bool is_whole_;
    std::uint32_t state_;
};

// Answers messages as PostgreSQL might: statements with "SELEC" fail, as do those that the endpoint
// makes fail, and what follows in a pipeline is skipped. It keeps responses until it has to flush.
// What the endpoint adds to a BEGIN succeeds.
class small_postgres {
public:
    std::string answer(std::string_view requests) {
        std::string responses;
        received_ += requests;
        std::string_view rest = received_;
        while (!has_ended_) {
            const auto message = take_message(rest);
            if (!message) {
                break;
            }
            unflushed_ += answer_one(message->front(), message->substr(5));
            if (flushes_) {
                responses += unflushed_;
                unflushed_.clear();
                flushes_ = false;
            }
        }
        received_.erase(0, received_.size() - rest.size());
        return responses;
    }

    bool has_ended() const { return has_ended_; }

private:
    static bool is_copy(std::string_view sql) {
        return sql.substr(0, sql.find('\0')) == "COPY t FROM STDIN";
    }

    static bool is_made_to_fail(std::string_view text) {
        return text.find("dsql_local_refusal") != std::string_view::npos ||
               text.find("dsql_local_commit") != std::string_view::npos;
    }

    std::string answer_one(char type, std::string_view body) {
        flushes_ = type == 'H';
        if (type == 'S') {
            is_skipping_ = false;
            return is_copying_ ? "" : ready();
        }
        if (is_skipping_) {
            return "";
        }
        if (is_copying_) {
            return answer_to_copy(type);
        }
        switch (type) {
            case 'Q':
                return answer_to_query(body);
            case 'P':
                copy_is_prepared_ = is_copy(body.substr(body.find('\0') + 1));
                return wire::encode_message('1', "");
            case 'B':
                return is_made_to_fail(body) ? fail(body) : wire::encode_message('2', "");
            case 'C':
                return wire::encode_message('3', "");
            case 'D':
                return wire::encode_message('n', "");
            case 'E':
                return copy_is_prepared_
                           ? begin_copy(false)
                           : wire::encode_message('C', std::string("INSERT 0 1") + '\0');
            case 'F':
                return wire::encode_message('V', std::string(4, '\0')) + ready();
            default:
                return "";
        }
    }

    std::string answer_to_query(std::string_view sql) {
        if (is_made_to_fail(sql) || sql.find("SELEC ") != std::string_view::npos) {
            is_in_block_ = false;
            return error(sql) + ready();
        }
        if (is_copy(sql)) {
            return begin_copy(true);
        }
        is_in_block_ =
            sql.substr(0, 5) == "BEGIN" ||
            (is_in_block_ && sql.substr(0, 6) != "COMMIT" && sql.substr(0, 8) != "ROLLBACK");
        const std::size_t tag_size = std::min(sql.find('\n'), std::size_t{6});
        std::string tags = wire::encode_message('C', std::string(sql.substr(0, tag_size)) + '\0');
        if (sql.find("dsql_local_take_snapshot") != std::string_view::npos) {
            tags += wire::encode_message('C', std::string("CALL") + '\0') +
                    wire::encode_message('C', std::string("SAVEPOINT") + '\0');
        }
        return tags + ready();
    }

    std::string begin_copy(bool is_simple) {
        is_copying_ = true;
        flushes_ = true;
        copy_is_simple_ = is_simple;
        return wire::encode_message('G', std::string(3, '\0'));
    }

    std::string answer_to_copy(char type) {
        if (type == 'd' || type == 'H') {
            return "";
        }
        // PostgreSQL cannot know where another message ends, and closes the connection.
        has_ended_ = type != 'c' && type != 'f';
        if (has_ended_) {
            return error("unexpected message");
        }
        is_copying_ = false;
        is_skipping_ = type != 'c' && !copy_is_simple_;
        const std::string end =
            type == 'c' ? wire::encode_message('C', std::string("COPY 1") + '\0') : error("copy");
        return copy_is_simple_ ? end + ready() : end;
    }

    std::string fail(std::string_view text) {
        is_skipping_ = true;
        return error(text);
    }

    std::string error(std::string_view text) {
        flushes_ = true;
        return wire::encode_error_response(
            {.sqlstate = "26000", .message = std::string(text.substr(0, text.find('\0')))},
            "ERROR");
    }

    std::string ready() {
        flushes_ = true;
        return wire::encode_message('Z', is_in_block_ ? "T" : "I");
    }

    std::string received_;
    std::string unflushed_;
    bool has_ended_ = false;
    bool flushes_ = false;
    bool is_skipping_ = false;
    bool is_copying_ = false;
    bool copy_is_simple_ = false;
    bool copy_is_prepared_ = false;
    bool is_in_block_ = false;
};

// A session: a client's bytes in, in chunks; what PostgreSQL and the client got, out.
class relayed_session {
public:
    relayed_session(std::uint32_t seed, bool is_whole)
        : shared_(std::make_shared<shared_state>(0)), filter_(shared_, {}), sizes_(is_whole, seed) {
        constexpr std::array faults = {fault::data_conflict, fault::schema_conflict,
                                       fault::cut_before_commit, fault::cut_after_commit,
                                       fault::server_unavailable_at_commit};
        if (seed % 8 < faults.size()) {
            shared_->faults.set(faults[seed % 8], {.times = 2});
        }
    }

    void send(std::string_view bytes) {
        while (!bytes.empty() && !has_ended()) {
            const std::string_view chunk = bytes.substr(0, sizes_.next());
            bytes.remove_prefix(chunk.size());
            filter_requests(chunk);
        }
    }

    void receive() {
        const std::string responses =
            postgres_.answer(std::string_view(to_server).substr(answered_));
        answered_ = to_server.size();
        from_server += responses;
        std::string_view rest = responses;
        while (!rest.empty() && !filter_.is_cut()) {
            const std::string_view chunk = rest.substr(0, sizes_.next());
            rest.remove_prefix(chunk.size());
            filter_responses(chunk);
        }
    }

    bool has_ended() const {
        return filter_.is_cut() || filter_.closing_error() || postgres_.has_ended();
    }

    std::string to_server;
    std::string from_server;
    std::string to_client;

private:
    void filter_requests(std::string_view chunk) {
        filter_.filter_requests(chunk, {}, buffer_);
        to_server += buffer_.bytes();
        while (filter_.is_waiting() && !has_ended()) {
            const std::size_t before = from_server.size();
            receive();
            require(from_server.size() > before);  // or it would wait for ever
            if (has_ended()) {
                return;
            }
            filter_.resume_requests({}, buffer_);
            to_server += buffer_.bytes();
        }
    }

    void filter_responses(std::string_view chunk) {
        filter_.filter_responses(chunk, {}, buffer_);
        to_client += buffer_.bytes();
    }

    std::shared_ptr<shared_state> shared_;
    protocol_filter filter_;
    chunk_sizes sizes_;
    small_postgres postgres_;
    wire::relay_buffer buffer_;
    std::size_t answered_ = 0;
};

// Requires whole messages, and returns how many of a type there are.
std::size_t count_messages(std::string_view bytes, char type) {
    std::size_t count = 0;
    while (const auto message = take_message(bytes)) {
        if (message->front() == type) {
            ++count;
        }
    }
    require(bytes.empty());
    return count;
}

void require_same(const relayed_session& left, const relayed_session& right) {
    require(left.to_server == right.to_server);
    require(left.to_client == right.to_client);
    require(left.has_ended() == right.has_ended());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    std::string_view incomplete = all;
    while (take_message(incomplete)) {
    }
    const std::string_view whole = all.substr(0, size - incomplete.size());
    std::uint32_t seed = 0;
    for (const char c : all) {
        seed = seed * 31U + static_cast<unsigned char>(c);
    }

    relayed_session at_once(seed, true);
    relayed_session in_chunks(seed, false);
    for (relayed_session* session : {&at_once, &in_chunks}) {
        session->send(whole);
        session->receive();
    }
    require_same(at_once, in_chunks);
    count_messages(at_once.to_server, 'Q');
    const std::size_t ready = count_messages(at_once.to_client, 'Z');
    require(at_once.has_ended() || ready == count_messages(at_once.from_server, 'Z'));

    for (relayed_session* session : {&at_once, &in_chunks}) {
        session->send(incomplete);
    }
    require_same(at_once, in_chunks);
    return 0;
}
