// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <locale.h>

#include <clocale>

namespace dsql::pg {

/// While it lives, this thread gets messages of libpq and the C library in English, whatever locale
/// the program has set. Other threads are not concerned.
class untranslated_messages {
public:
    untranslated_messages() noexcept : before_(uselocale(english())) {}
    ~untranslated_messages() { uselocale(before_); }
    untranslated_messages(const untranslated_messages&) = delete;
    untranslated_messages& operator=(const untranslated_messages&) = delete;

private:
    // Never freed: connects are made until the process ends. Null without memory, which leaves the
    // locale as it is.
    static locale_t english() noexcept {
        static const locale_t locale = newlocale(LC_MESSAGES_MASK, "C", nullptr);
        return locale;
    }

    const locale_t before_;
};

}  // namespace dsql::pg
