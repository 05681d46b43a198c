// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql::detail {

/// A part of a server's message and its meaning. The rest of the message may vary.
template <class Meaning>
struct message_pattern {
    std::string_view part;
    Meaning meaning;
};

/// Returns the meaning of the first pattern that the text contains; `otherwise` when it contains
/// none.
template <class Markers, class Meaning>
[[nodiscard]] Meaning classify_message(std::string_view text, const Markers& markers,
                                       Meaning otherwise) {
    for (const message_pattern<Meaning>& candidate : markers) {
        if (text.find(candidate.part) != std::string_view::npos) {
            return candidate.meaning;
        }
    }
    return otherwise;
}

}  // namespace dsql::detail
