// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A text to search for in the memory of this process. It is stored masked, so that the search does
/// not find it here.
class masked_text {
public:
    /// Takes the masked bytes in hexadecimal; see `mask`.
    explicit masked_text(std::string_view hexadecimal) {
        for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2) {
            bytes_.push_back(static_cast<unsigned char>(
                std::stoi(std::string(hexadecimal.substr(i, 2)), nullptr, 16)));
        }
    }

    /// Returns the argument for the constructor.
    [[nodiscard]] static std::string mask(std::string_view text) {
        constexpr std::string_view digits = "0123456789abcdef";
        std::string masked;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(static_cast<unsigned char>(c) ^ key);
            masked += digits[byte >> 4U];
            masked += digits[byte & 15U];
        }
        return masked;
    }

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    /// Returns the unmasked character at an index.
    [[nodiscard]] char operator[](std::size_t index) const noexcept {
        return static_cast<char>(bytes_[index] ^ key);
    }
    /// Whether the text is at `place`, which must point to at least `size()` bytes.
    [[nodiscard]] bool stands_at(const unsigned char* place) const noexcept {
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            if ((place[i] ^ key) != bytes_[i]) {
                return false;
            }
        }
        return true;
    }

private:
    static constexpr unsigned char key = 0xa5;

    std::vector<unsigned char> bytes_;
};

/// Counts how often a text is in the memory of this process, as a core file would have it: in all
/// that can be read, including freed memory and unused parts of stacks. The process must have no
/// other thread.
[[nodiscard]] inline int count_in_memory(const masked_text& text) {
    std::vector<std::pair<std::uintptr_t, std::uintptr_t>> regions;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields(line);
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        std::string rights;
        fields >> std::hex >> begin >> dash >> end >> rights;
        // The kernel's own pages, such as [vvar], cannot all be read.
        if (rights.starts_with("r") && line.find("[v") == std::string::npos) {
            regions.emplace_back(begin, end);
        }
    }
    int found = 0;
    for (const auto& [begin, end] : regions) {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the addresses come as text
        const auto* place = reinterpret_cast<const unsigned char*>(begin);
        const auto* const last = place + (end - begin) - text.size();
        while (place <= last) {
            const auto left = static_cast<std::size_t>(last - place) + 1;
            place = static_cast<const unsigned char*>(std::memchr(place, text[0], left));
            if (place == nullptr) {
                break;
            }
            found += text.stands_at(place++) ? 1 : 0;
        }
    }
    return found;
}
