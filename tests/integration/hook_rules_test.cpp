// SPDX-License-Identifier: Apache-2.0
// A forbidden call in a hook or callback throws an error; it never hangs and never ends the
// program. Every hook of a pool is combined with everything that it might do to its pool.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/await.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <tuple>
#include <vector>

namespace hook_rules_test {

using dsql::connection;
using dsql::pool;
using namespace std::chrono_literals;

// The action that the hook runs once. It holds the last owner of the pool.
class hook_action {
public:
    explicit hook_action(std::string name) : name_(std::move(name)) {}

    // Runs on any thread. Exceptions pass to the caller of the hook.
    void operator()() {
        if (done_.exchange(true)) {
            return;
        }
        const struct at_end {
            ~at_end() { self->ended.release(); }
            hook_action* self;
        } end{this};
        if (name_ == "acquires") {
            try {
                static_cast<void>(owner->acquire());  // returns an idle connection, if there is one
            } catch (const dsql::error&) {
                refused = true;
            }
        } else if (name_ == "warms_up") {
            EXPECT_NE(thrown_message<dsql::error>([&] { owner->warm_up(1, 1h); }), "");
        } else if (name_ == "closes") {
            owner->close();
        } else if (name_ == "closes_and_waits") {
            owner->close(24h);
        } else if (name_ == "resets") {
            owner->reset();
        } else if (name_ == "destroys") {
            owner.reset();
        } else if (name_ == "throws") {
            throw std::runtime_error("from the hook");
        } else if (name_ == "throws_a_number") {
            throw 42;  // NOLINT(hicpp-exception-baseclass)
        }
    }

    std::shared_ptr<pool> owner{};
    std::binary_semaphore ended{0};
    std::atomic<bool> refused = false;

private:
    const std::string name_;
    std::atomic<bool> done_ = false;
};

class noisy_observer final : public dsql::observer {
public:
    noisy_observer(std::string which, std::shared_ptr<hook_action> done)
        : which_(std::move(which)), done_(std::move(done)) {}

    span acquire_started(const dsql::acquire_event&) noexcept override {
        return call("acquire_started");
    }
    void acquire_ended(span, const std::exception*) noexcept override { call("acquire_ended"); }
    void released(const dsql::release_event&) noexcept override { call("released"); }
    span connect_started(const dsql::connect_event&) noexcept override {
        return call("connect_started");
    }
    void connect_ended(span, const std::exception*) noexcept override { call("connect_ended"); }

private:
    span call(const char* name) const noexcept {
        if (which_ == name) {
            try {
                (*done_)();
            } catch (...) {  // an observer must not throw
                return 1;
            }
        }
        return 0;
    }

    const std::string which_;
    const std::shared_ptr<hook_action> done_;
};

dsql::pool_options options_with(const std::string& hook, const std::shared_ptr<hook_action>& done) {
    dsql::pool_options options{.max_connections = 1};
    if (hook == "before_connect") {
        options.before_connect = [done](dsql::connect_settings&) {
            (*done)();
        };
    } else if (hook == "after_connect") {
        options.after_connect = [done](connection&) {
            (*done)();
        };
    } else if (hook == "prepare_connection") {
        options.prepare_connection = [done](connection&) {
            (*done)();
            return dsql::prepare_action::use;
        };
    } else if (hook == "after_release") {
        options.after_release = [done](connection&) {
            (*done)();
            return true;
        };
    } else if (hook == "before_close") {
        options.before_close = [done](connection&) {
            (*done)();
        };
    } else if (hook == "on_leak") {
        options.leak_threshold = 1ms;
        options.on_leak = [done](const dsql::leak_report&) {
            (*done)();
        };
    }
    return options;
}

const char* const hooks[] = {"before_connect",  "after_connect", "prepare_connection",
                             "after_release",   "before_close",  "on_leak",
                             "acquire_started", "acquire_ended", "released",
                             "connect_started", "connect_ended"};
const char* const hook_actions[] = {"acquires", "warms_up", "closes", "closes_and_waits",
                                    "resets",   "destroys", "throws", "throws_a_number"};

class HookRules : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(HookRules, ForbiddenCallsAreErrors) {
    const std::string hook = std::get<0>(GetParam());
    const auto done = std::make_shared<hook_action>(std::get<1>(GetParam()));
    dsql::config settings = endpoint_under_test();
    settings.observer = std::make_shared<noisy_observer>(hook, done);
    auto* const made = new pool(settings, options_with(hook, done));
    done->owner = std::shared_ptr<pool>(made);
    std::vector<dsql::pooled_connection> held;
    try {
        held.push_back(made->acquire());
        held.front()->execute("SELECT 1");
    } catch (const std::exception&) {
        // The action of the hook may make the acquire fail.
    } catch (int) {
    }
    if (hook == "on_leak") {
        done->ended.acquire();
    }
    held.clear();
    if (hook == "before_close" && done->owner != nullptr) {
        done->owner->close();
    }
    if (hook != "on_leak") {
        done->ended.acquire();
    }
    if (std::string(std::get<1>(GetParam())) == "acquires" && hook != "released" &&
        hook != "before_close") {
        EXPECT_TRUE(done->refused) << "there was none to be had";
    }
    // The pool works as before, or is closed, or has been destroyed.
    if (const std::shared_ptr<pool> still = std::exchange(done->owner, nullptr)) {
        try {
            EXPECT_EQ(still->query_value<int>("SELECT 1"), 1);
        } catch (const dsql::pool_closed_error&) {
            EXPECT_EQ(still->stat().idle_connections, 0);
        }
        still->close();
        EXPECT_EQ(still->stat().total_connections, 0);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, HookRules, testing::Combine(testing::ValuesIn(hooks), testing::ValuesIn(hook_actions)),
    [](const testing::TestParamInfo<std::tuple<const char*, const char*>>& one) {
        return std::string(std::get<0>(one.param)) + "_" + std::get<1>(one.param);
    });

TEST(ObserverRules, OtherExceptionTypesAreReportedAsAFailure) {
    class failures final : public dsql::observer {
    public:
        void acquire_ended(span, const std::exception* failure) noexcept override {
            ++ended;
            failed += failure != nullptr ? 1 : 0;
        }
        int ended = 0;
        int failed = 0;
    };
    const auto records = std::make_shared<failures>();
    dsql::config settings = endpoint_under_test();
    settings.observer = records;
    pool connections(settings, {.prepare_connection = [](connection&) -> dsql::prepare_action {
                         throw 42;  // NOLINT(hicpp-exception-baseclass)
                     }});
    EXPECT_THROW(static_cast<void>(connections.acquire()), int);
    EXPECT_EQ(records->ended, 1);
    EXPECT_EQ(records->failed, 1);
}

const char* const notice = "DO $$ BEGIN RAISE NOTICE 'hello'; END $$";

class NoticeHandlerRules : public testing::Test {
protected:
    void handle(std::function<void(connection&)> what) {
        session_.set_notice_handler([this, what = std::move(what)](const auto&) {
            ++called;
            what(session_);
        });
    }

    connection session_ = dsql::connect(endpoint_under_test());
    int called = 0;
};

TEST_F(NoticeHandlerRules, ItCannotUseItsOwnConnection) {
    std::string message;
    handle([&](connection& own) {
        message = thrown_message<dsql::error>([&] { own.execute("SELECT 1"); });
        EXPECT_THROW(static_cast<void>(own.begin()), dsql::error);
        EXPECT_THROW(own.ping(), dsql::error);
        EXPECT_THROW(static_cast<void>(own.prepare("SELECT 2")), dsql::error);
        EXPECT_THROW(static_cast<void>(own.stream<int>("SELECT 3")), dsql::error);
        EXPECT_THROW(static_cast<void>(own.copy_in("COPY t FROM STDIN")), dsql::error);
        dsql::batch several;
        several.add("SELECT 4");
        EXPECT_THROW(static_cast<void>(own.run(several)), dsql::error);
    });
    session_.execute(notice);
    EXPECT_EQ(called, 1);
    EXPECT_NE(message.find("own notice handler"), std::string::npos) << message;
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1) << "it is as it was";
}

TEST_F(NoticeHandlerRules, ItMayUseAnotherConnection) {
    connection other = dsql::connect(endpoint_under_test());
    int value = 0;
    handle([&](connection&) { value = other.query_value<int>("SELECT 42"); });
    session_.execute(notice);
    EXPECT_EQ(value, 42);
}

TEST_F(NoticeHandlerRules, ItMayCloseTheConnection) {
    handle([](connection& own) {
        own.close();
        EXPECT_FALSE(own.is_open());
    });
    try {
        session_.execute(notice);
    } catch (const dsql::connection_error&) {
        EXPECT_EQ(called, 1);
    }
    EXPECT_EQ(called, 1);
    EXPECT_FALSE(session_.is_open());
    EXPECT_THROW(session_.execute("SELECT 1"), dsql::connection_error);
}

TEST_F(NoticeHandlerRules, ItCannotReleaseTheHandle) {
    handle([](connection& own) { EXPECT_EQ(own.release(), nullptr); });
    session_.execute(notice);
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

TEST_F(NoticeHandlerRules, ItMayReplaceItselfAndThrow) {
    session_.set_notice_handler([this, text = std::string(100, 'x')](const auto&) {
        session_.set_notice_handler({});
        called += static_cast<int>(text.size());  // the text is still valid
        throw 42;                                 // NOLINT(hicpp-exception-baseclass)
    });
    session_.execute(notice);
    session_.execute(notice);
    EXPECT_EQ(called, 100);
}

// The call that invoked the handler completes, on a session that has no other owner any more.
TEST_F(NoticeHandlerRules, ItMayDestroyTheConnection) {
    std::optional<connection> own = dsql::connect(endpoint_under_test());
    own->set_notice_handler([&](const auto&) {
        ++called;
        own.reset();
    });
    own->execute(notice);
    EXPECT_EQ(called, 1);
    EXPECT_FALSE(own.has_value());
    own = dsql::connect(endpoint_under_test());
    own->set_notice_handler([&](const auto&) {
        ++called;
        own = connection::adopt(nullptr);
    });
    static_cast<void>(own->run(dsql::batch().add("SELECT 1").add(notice)));
    EXPECT_EQ(called, 2);
}

TEST_F(NoticeHandlerRules, ItMayReleaseItsPooledConnection) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    std::optional<dsql::pooled_connection> acquired = connections.acquire();
    (*acquired)->set_notice_handler([&](const auto&) {
        ++called;
        acquired.reset();
        EXPECT_EQ(connections.stat().idle_connections, 0) << "its statement is under way";
    });
    (*acquired)->execute(notice);
    EXPECT_EQ(called, 1);
    EXPECT_EQ(connections.stat().idle_connections, 1);
    EXPECT_EQ(connections.query_value<int>("SELECT 1"), 1);
}

TEST_F(NoticeHandlerRules, AnObserverCannotUseItsOwnConnection) {
    class nosy final : public dsql::observer {
    public:
        span query_started(const dsql::query_event&) noexcept override {
            if (own != nullptr) {
                message = thrown_message<dsql::error>([this] { own->execute("SELECT 2"); });
            }
            return 0;
        }
        connection* own = nullptr;
        std::string message;
    };
    const auto records = std::make_shared<nosy>();
    dsql::config settings = endpoint_under_test();
    settings.observer = records;
    connection own = dsql::connect(settings);
    records->own = &own;
    EXPECT_EQ(own.query_value<int>("SELECT 1"), 1);
    EXPECT_NE(records->message.find("own observer"), std::string::npos) << records->message;
    records->message.clear();
    for (const auto& [n] : own.stream<int>("SELECT 1")) {
        EXPECT_EQ(n, 1);
    }
    EXPECT_NE(records->message.find("own observer"), std::string::npos) << records->message;
    records->own = nullptr;
}

TEST_F(NoticeHandlerRules, ItMayMoveTheConnection) {
    connection moved = connection::adopt(nullptr);
    handle([&](connection& own) { moved = std::move(own); });
    session_.execute(notice);
    EXPECT_EQ(moved.query_value<int>("SELECT 1"), 1);
}

}  // namespace hook_rules_test
