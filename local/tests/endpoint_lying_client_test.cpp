// SPDX-License-Identifier: Apache-2.0
// Clients that lie about lengths, and large messages: what the endpoint must not keep, and how it
// ends a connection.
#include "dsql_session.hpp"
#include "process_figures.hpp"
#include "raw_client.hpp"
#include "support/endpoint_process.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

namespace endpoint_lying_client_test {

using namespace dsql_local;
using namespace dsql_local_test;

constexpr std::size_t mebibyte = 1024 * 1024;

class endpoint_lying_client : public testing::Test {
protected:
    static void SetUpTestSuite() { served_ = std::make_unique<endpoint_process>(); }
    static void TearDownTestSuite() { served_.reset(); }

    static pid_t id() { return served_->child().id(); }
    static tls_choice good_tls() {
        return {.server_name = (*served_)["CLUSTER_ENDPOINT"], .alpn = true};
    }

    // Sends a part of the body of a message.
    static void send_mebibytes(dsql_session& session, std::size_t count) {
        const std::string part(mebibyte, 'x');
        for (std::size_t i = 0; i < count; ++i) {
            session.client().send(part);
        }
    }

    // Returns how much more memory the endpoint uses at most, while `work` runs, than before.
    template <class Work>
    static std::size_t memory_for(const Work& work) {
        forget_peak_memory(id());
        const std::size_t before = peak_memory_of(id());
        work();
        return std::max(peak_memory_of(id()), before) - before;
    }

    static std::unique_ptr<endpoint_process> served_;
};

std::unique_ptr<endpoint_process> endpoint_lying_client::served_;

TEST_F(endpoint_lying_client, a_message_that_claims_two_gibibytes_is_not_kept) {
    for (const char type : {'Q', 'P', 'B', 'C', 'F', 'f'}) {
        dsql_session session(*served_);
        std::string header(1, type);
        wire::append_uint32(header, 0x7fff'ffff);
        const std::size_t memory = memory_for([&] {
            session.client().send(header);
            send_mebibytes(session, 64);
        });
        EXPECT_LT(memory, 32 * mebibyte) << type;
    }
}

TEST_F(endpoint_lying_client, large_parameters_are_not_kept) {
    constexpr std::size_t size = 200 * mebibyte;
    dsql_session session(*served_);
    std::string header = "B";
    wire::append_uint32(header, static_cast<std::uint32_t>(4 + 10 + size + 2));
    header += std::string("\0\0\0\0\0\1", 6);  // portal, statement, no formats, one parameter
    wire::append_uint32(header, size);
    query_result result;
    const std::size_t memory = memory_for([&] {
        session.client().send(parse_message("", "SELECT length($1::text)") + header);
        send_mebibytes(session, size / mebibyte);
        session.client().send(std::string(2, '\0') + execute_message() + sync_message());
        result = session.receive();
    });
    EXPECT_LT(memory, 32 * mebibyte);
    EXPECT_TRUE(result.value == std::to_string(size) || result.ended() || !result.sqlstate.empty())
        << result.value;
}

TEST_F(endpoint_lying_client, a_cancel_request_over_tls_ends_with_close_notify) {
    raw_client client(served_->port());
    ASSERT_TRUE(client.request_tls(good_tls()));
    std::string request;
    wire::append_uint32(request, 16);
    wire::append_uint32(request, static_cast<std::uint32_t>(wire::request_code::cancel));
    wire::append_uint32(request, 1);
    wire::append_uint32(request, 1);
    client.send(request);
    EXPECT_TRUE(client.ended_cleanly());
}

TEST_F(endpoint_lying_client, an_impossible_startup_length_gets_no_answer_in_plain_text) {
    for (const std::uint32_t length : {0U, 4U, 7U, 10'005U, 0x7fff'ffffU}) {
        raw_client client(served_->port());
        std::string bytes;
        wire::append_uint32(bytes, length);
        client.send(bytes + std::string(100, '\0'));
        EXPECT_EQ(client.receive_message().type, '\0') << length;
    }
}

}  // namespace endpoint_lying_client_test
