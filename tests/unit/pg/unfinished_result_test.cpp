// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "support/loopback_server.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

// A server commits a statement that is no transaction's after it has sent the statement's result,
// and before it says that the exchange has ended. A connection that breaks between the two leaves
// open whether the statement has taken effect.
namespace unfinished_result_test {

namespace {

std::string message(char type, std::string_view body) {
    const auto size = static_cast<std::uint32_t>(body.size() + 4);
    std::string text(1, type);
    for (int shift = 24; shift >= 0; shift -= 8) {
        text += static_cast<char>(size >> shift);
    }
    return text.append(body);
}

std::string text_body(std::string_view text) {
    return std::string(text) + '\0';
}

bool read_exactly(int from, std::size_t size, std::string& to) {
    to.resize(size);
    for (std::size_t got = 0; got < size;) {
        const ssize_t some = recv(from, to.data() + got, size - got, 0);
        if (some <= 0) {
            return false;
        }
        got += static_cast<std::size_t>(some);
    }
    return true;
}

std::size_t size_in(std::string_view head) {
    std::uint32_t size = 0;
    for (const char byte : head) {
        size = (size << 8) | static_cast<unsigned char>(byte);
    }
    return size - 4;
}

// Each statement is done at once: an INSERT of one row, or a COPY. With the result of statement
// number `last`, counted from 1, the connection ends.
class brief_server {
public:
    explicit brief_server(int last) : last_(last) {}

    void operator()(int client) const {
        std::string body;
        read_exactly(client, 4, body);
        read_exactly(client, size_in(body), body);
        reply(client, message('R', std::string(4, '\0')) + message('Z', "I"));
        int done = 0;
        bool copies = false;
        for (std::string head; read_exactly(client, 5, head);) {
            read_exactly(client, size_in(std::string_view(head).substr(1)), body);
            switch (head[0]) {
                case 'P':
                    copies = body.find("COPY") != std::string::npos;
                    reply(client, message('1', ""));
                    break;
                case 'B':
                    reply(client, message('2', ""));
                    break;
                case 'D':
                    reply(client, message('n', ""));
                    break;
                case 'E':
                case 'c':
                    if (copies && head[0] == 'E') {
                        reply(client, message('G', std::string(3, '\0')));
                        break;
                    }
                    reply(client, message('C', text_body(copies ? "COPY 1" : "INSERT 0 1")));
                    copies = false;
                    if (++done == last_) {
                        return;
                    }
                    break;
                case 'S':  // which is ignored while data is expected
                    reply(client, copies ? "" : message('Z', "I"));
                    break;
                default:
                    break;
            }
        }
    }

private:
    static void reply(int client, const std::string& text) {
        static_cast<void>(send(client, text.data(), text.size(), MSG_NOSIGNAL));
    }

    int last_;
};

dsql::connection connect_to(const loopback_server& server) {
    const std::string parameters =
        "hostaddr=127.0.0.1 sslmode=disable gssencmode=disable user=admin dbname=postgres port=" +
        std::to_string(server.port());
    PGconn* const handle = PQconnectdb(parameters.c_str());
    EXPECT_EQ(PQstatus(handle), CONNECTION_OK) << PQerrorMessage(handle);
    return dsql::connection::adopt(handle);
}

template <class F>
void expect_unknown(dsql::connection& session, F call) {
    try {
        call();
        ADD_FAILURE() << "it counts as done";
    } catch (const dsql::error& lost) {
        EXPECT_TRUE(lost.connection_lost()) << lost.what();
        EXPECT_TRUE(lost.statement_may_have_run()) << lost.what();
    }
    EXPECT_FALSE(session.is_open());
}

}  // namespace

// The first is prepared and run in one pipeline, the others are run by themselves.
TEST(UnfinishedResult, OfAStatement) {
    for (int last = 1; last <= 3; ++last) {
        SCOPED_TRACE(last);
        const loopback_server server{brief_server(last)};
        dsql::connection session = connect_to(server);
        for (int i = 1; i < last; ++i) {
            EXPECT_EQ(session.execute("INSERT INTO t VALUES (1)"), 1);
        }
        expect_unknown(session, [&] { session.execute("INSERT INTO t VALUES (1)"); });
    }
}

TEST(UnfinishedResult, OfACopy) {
    const loopback_server server{brief_server(1)};
    dsql::connection session = connect_to(server);
    dsql::copy_writer writer = session.copy_in("COPY t FROM STDIN");
    writer.write("1\n");
    expect_unknown(session, [&] { writer.finish(); });
}

TEST(UnfinishedResult, OfAStream) {
    const loopback_server server{brief_server(1)};
    dsql::connection session = connect_to(server);
    expect_unknown(session, [&] {
        for (const auto& [number] : session.stream<int>("SELECT 1")) {
            ADD_FAILURE() << number;
        }
    });
}

}  // namespace unfinished_result_test
