// SPDX-License-Identifier: Apache-2.0
// Handlers without an executor run on Asio's own threads. They end before the process does, because
// OpenSSL could not free what it keeps for each of them afterwards.
#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/system_context.hpp>
#include <boost/asio/system_executor.hpp>
#include <gtest/gtest.h>

namespace asio_test {

namespace {

class system_threads final : public testing::Environment {
public:
    void TearDown() override {
        auto& context =
            boost::asio::query(boost::asio::system_executor(), boost::asio::execution::context);
        context.stop();
        context.join();
    }
};

// GoogleTest owns it.
[[maybe_unused]] const testing::Environment* const ended_at_the_end =
    testing::AddGlobalTestEnvironment(new system_threads);

}  // namespace

}  // namespace asio_test
