// A hash of texts that is the same on every machine and in every version: std::hash is not.
//
// FNV-1a, mixed at its end as by MurmurHash3: of its bits alone, the upper ones of short texts are
// much alike. Whoever chooses the texts can make hashes equal.
#pragma once

#include <cstdint>
#include <string_view>

namespace kurir::base {

class stable_hash {
public:
    stable_hash& add(char c) noexcept {
        hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        return *this;
    }
    stable_hash& add(std::string_view text) noexcept {
        for (const char c : text)
            add(c);
        return *this;
    }

    // Of all that was added, in its order.
    std::uint64_t value() const noexcept {
        auto mixed = (hash_ ^ (hash_ >> 33U)) * 0xff51afd7ed558ccdU;
        mixed = (mixed ^ (mixed >> 33U)) * 0xc4ceb9fe1a85ec53U;
        return mixed ^ (mixed >> 33U);
    }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace kurir::base
