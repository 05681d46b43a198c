// SPDX-License-Identifier: Apache-2.0
#include "pool/connection_factory.hpp"

#include <dsql/error.hpp>

#include "errors/classify_connect_error.hpp"
#include "pg/session/limited_statements.hpp"
#include "pool/connection_slot.hpp"

#include <utility>

namespace dsql::detail {

namespace {

std::shared_ptr<const pool_hooks> hooks_of(const config& settings, const pool_options& options) {
    return std::make_shared<const pool_hooks>(
        pool_hooks{.after_release = options.after_release,
                   .before_close = options.before_close,
                   .resets_sessions = options.reset_session_state,
                   .observer = settings.observer});
}

}  // namespace

connection_factory::connection_factory(const config& settings, const pool_options& options)
    : source_(settings),
      before_connect_(options.before_connect),
      after_connect_(options.after_connect),
      hooks_(hooks_of(settings, options)),
      rate_(options.connection_rate > 0
                ? shared_connection_rate(source_.host(), options.connection_rate,
                                         options.connection_burst)
                : nullptr) {}

std::unique_ptr<connection_slot> connection_factory::make(const std::stop_token& stop,
                                                          bool& in_hook) {
    auto entry =
        std::make_unique<connection_slot>(open(settings_for_connect(in_hook), stop), hooks_);
    if (after_connect_) {
        call_after_connect(entry->session, stop, in_hook);
    }
    if (hooks_->resets_sessions) {
        pg::session& opened = pg::session_access::of(entry->session);
        const call_limits limits(within{source_.connect_timeout()}, stop);
        opened.wait(opened.keep_settings(limits), limits);
    }
    return entry;
}

connect_settings connection_factory::settings_for_connect(bool& in_hook) const {
    connect_settings as = source_.default_settings();
    if (before_connect_) {
        in_hook = true;
        before_connect_(as);
        in_hook = false;
    }
    return as;
}

connection connection_factory::open(const connect_settings& as, const std::stop_token& stop) {
    if (!rate_) {
        return source_.open(as, stop);
    }
    connect_turn turn(*rate_, stop);
    try {
        connection opened = source_.open(as, stop);
        turn.ended(connect_end::connected);
        return opened;
    } catch (const cancelled_error&) {
        throw;
    } catch (const connection_error& failure) {
        turn.ended(is_quota_refusal(failure) ? connect_end::refused : connect_end::failed);
        throw;
    } catch (...) {
        turn.ended(connect_end::failed);
        throw;
    }
}

void connection_factory::call_after_connect(connection& opened, const std::stop_token& stop,
                                            bool& in_hook) const {
    const pg::scoped_call_limits limited(opened, pg::deadline(source_.connect_timeout()), stop);
    in_hook = true;
    after_connect_(opened);
    require_idle(opened, "after_connect");
    in_hook = false;
}

}  // namespace dsql::detail
