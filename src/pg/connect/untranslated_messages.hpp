// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <locale.h>

#include <clocale>

namespace dsql::pg {

/// During the lifetime of this object, libpq and the C library give the current thread English
/// messages, whatever locale the program has set. Other threads are not affected.
class untranslated_messages {
public:
    untranslated_messages() noexcept : before_(uselocale(english())) {}
    ~untranslated_messages() { uselocale(before_); }
    untranslated_messages(const untranslated_messages&) = delete;
    untranslated_messages& operator=(const untranslated_messages&) = delete;

private:
    // Never freed, because the process may connect until it ends. Null if there is no memory, which
    // leaves the locale unchanged.
    static locale_t english() noexcept {
        static const locale_t locale = newlocale(LC_MESSAGES_MASK, "C", nullptr);
        return locale;
    }

    const locale_t before_;
};

}  // namespace dsql::pg
