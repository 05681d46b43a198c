// SPDX-License-Identifier: Apache-2.0
#include "processes/scenarios.hpp"

#include "aws/providers/metadata/container_source.hpp"
#include "aws/providers/refreshing_provider.hpp"
#include "integration/endpoint_under_test.hpp"

#ifdef DSQL_WITH_ASIO
#include <dsql/asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#endif

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

namespace {

using namespace std::chrono_literals;

// How long a call may take. Longer than the time in which a child that hangs is ended.
constexpr dsql::within long_enough{5min};

void unset_libpq_variables() {
    for (char** entry = environ; *entry != nullptr;) {
        const std::string name(*entry, std::strcspn(*entry, "="));
        if (name.starts_with("PG")) {
            unsetenv(name.c_str());  // the following entries move up
        } else {
            ++entry;
        }
    }
}

void connect_once(inherited_objects& objects) {
    dsql::connection session = dsql::connect(objects.settings, long_enough);
    session.ping(long_enough);
}

// The endpoint's certificate is also for this name.
void look_up_a_name(inherited_objects& objects) {
    dsql::config settings = objects.settings;
    settings.host_address.reset();
    settings.host = "localhost";
    settings.region = "us-east-1";
    static_cast<void>(dsql::connect(settings, long_enough));
}

void run_statements(dsql::connection& session) {
    const dsql::statement sum = session.prepare(long_enough, "SELECT $1::int + 1");
    if (session.query_value<int>(long_enough, sum, 1) != 2) {
        throw std::runtime_error("1 + 1 is not 2");
    }
    dsql::batch both;
    both.add("SELECT 1");
    both.add("SELECT 2");
    static_cast<void>(session.run(long_enough, both));
    for (const auto& [number] : session.stream<int>(long_enough, "SELECT 1 UNION ALL SELECT 2")) {
        static_cast<void>(number);
    }
    dsql::transaction work = session.begin(long_enough);
    work.execute(long_enough, "SELECT 1");
    work.commit(long_enough);
}

void use_pool(inherited_objects& objects) {
    dsql::pool pool(objects.settings, {.max_connections = 3, .min_connections = 2});
    pool.warm_up(2, 5min);
    dsql::transact(pool, [](dsql::transaction& tx) { tx.execute("SELECT 1"); });
    pool.close();
}

void make_tokens(inherited_objects& objects) {
    dsql::token_generator fresh(objects.settings);
    static_cast<void>(fresh.get(long_enough));
    static_cast<void>(fresh.get());
    static_cast<void>(objects.tokens->generate());
}

void make_tokens_of_profile(inherited_objects& objects) {
    dsql::config settings = objects.settings;
    settings.profile = "forked";
    dsql::token_generator fresh(settings);
    try {
        static_cast<void>(fresh.get(long_enough));
    } catch (const dsql::credentials_error&) {
        return;  // of the role: nothing that it could trust answers
    }
}

void give_tokens(inherited_objects& objects) {
    objects.tokens = std::make_unique<dsql::token_generator>(objects.settings);
}

// The provider's clock is always ahead, so that each credentials are about to expire.
std::shared_ptr<dsql::credentials_provider> always_renewing() {
    dsql::aws::refresh_environment environment;
    environment.now = [calls = std::make_shared<std::atomic<int>>(0)] {
        return std::chrono::system_clock::now() + ++*calls * 40min;
    };
    return std::make_shared<dsql::aws::refreshing_provider>(
        std::make_unique<dsql::aws::container_source>(), std::move(environment));
}

void renew(inherited_objects& objects) {
    for (int i = 0; i < 4; ++i) {
        try {
            static_cast<void>(objects.provider->get());
        } catch (const dsql::credentials_error&) {
            continue;  // they have expired by the provider's clock
        }
    }
}

void write_profile(const std::string& lines) {
    std::string name = "/tmp/dsql-forked-XXXXXX";
    const int file = mkstemp(name.data());
    const std::string text = "[profile forked]\nregion = us-east-1\n" + lines;
    if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::runtime_error("cannot write a profile");
    }
    close(file);
    setenv("AWS_CONFIG_FILE", name.c_str(), 1);
    unsetenv("AWS_ACCESS_KEY_ID");
}

#ifdef DSQL_WITH_ASIO
void use_event_loop(inherited_objects& objects) {
    namespace asio = boost::asio;
    dsql::pool pool(objects.settings, {.max_connections = 2});
    dsql::async_pool calls(pool);
    asio::io_context io;
    const auto work = [&]() -> asio::awaitable<void> {
        co_await calls.execute("SELECT 1");
        dsql::async_connection held = co_await calls.acquire();
        co_await held.ping();
    };
    for (int i = 0; i < 3; ++i) {
        asio::co_spawn(io, work(), asio::detached);
    }
    io.run();
}
#endif

template <class Use>
void expect_refused(const char* what, Use use) {
    try {
        use();
    } catch (const dsql::error&) {
        return;
    }
    throw std::runtime_error(std::string("the parent's ") + what + " was used in the child");
}

}  // namespace

std::vector<scenario> scenarios(const std::string& url) {
    const auto container = [url] {
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", (url + "/keys").c_str(), 1);
    };
    std::vector<scenario> all = {
        {.name = "the first connect",
         .environment = &unset_libpq_variables,
         .prepare = {},
         .work = &connect_once},
        {.name = "the first connect, with PG*",
         .environment = {},
         .prepare = {},
         .work = &connect_once},
        {.name = "a name lookup",
         .environment = [] { unsetenv("DSQL_HOST_ADDRESS"); },
         .prepare = [](inherited_objects& objects) { objects.settings.host_address = "127.0.0.1"; },
         .work = &look_up_a_name,
         // The C library holds a lock of its own while it reads resolv.conf.
         .in_child = &connect_once},
        {.name = "a pool connects", .environment = {}, .prepare = &give_tokens, .work = &use_pool},
        {.name = "statements",
         .environment = {},
         .prepare =
             [](inherited_objects& objects) {
                 give_tokens(objects);
                 objects.session = std::make_unique<dsql::connection>(
                     dsql::connect(objects.settings, long_enough));
             },
         .work =
             [](inherited_objects& objects) {
                 if (objects.session != nullptr) {
                     run_statements(*objects.session);
                 }
             }},
        {.name = "tokens", .environment = {}, .prepare = &give_tokens, .work = &make_tokens},
        {.name = "credentials: a command",
         .environment =
             [] {
                 write_profile(
                     "credential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"a\", "
                     "\"SecretAccessKey\": \"s\"}'\n");
             },
         .prepare = {},
         .work = &make_tokens_of_profile},
        {.name = "credentials: a role, over HTTPS",
         .environment =
             [url] {
                 write_profile(
                     "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"
                     "[profile base]\naws_access_key_id = a\naws_secret_access_key = s\n");
                 setenv("AWS_ENDPOINT_URL_STS",
                        ("https://127.0.0.1:" + std::string(std::getenv("DSQL_PORT"))).c_str(), 1);
                 setenv("AWS_CA_BUNDLE", std::getenv("DSQL_SSL_ROOT_CERT"), 1);
                 setenv("AWS_MAX_ATTEMPTS", "1", 1);
             },
         .prepare = {},
         .work = &make_tokens_of_profile},
        {.name = "credentials renewed, over HTTP",
         .environment = container,
         .prepare = [](inherited_objects& objects) { objects.provider = always_renewing(); },
         .work = &renew},
    };
#ifdef DSQL_WITH_ASIO
    all.push_back(
        {.name = "an event loop", .environment = {}, .prepare = {}, .work = &use_event_loop});
#endif
    return all;
}

void use_in_child(const scenario& what, inherited_objects& parents) {
    if (parents.session != nullptr) {
        expect_refused("connection", [&] { parents.session->ping(); });
    }
    if (parents.pool != nullptr) {
        expect_refused("pool", [&] { parents.pool->ping(); });
    }
    if (parents.tokens != nullptr) {
        static_cast<void>(parents.tokens->get(long_enough));
    }
    inherited_objects own{.settings = parents.settings, .provider = parents.provider};
    give_tokens(own);
    (what.in_child ? what.in_child : what.work)(own);
    if (std::getenv("AWS_ACCESS_KEY_ID") != nullptr) {
        connect_once(own);
        use_pool(own);
    }
}
