// Refusals of a destination in a row, without a success between them.
//
// Refusals of one tenant, however many, say nothing of others: only those of different tenants
// count, in pairs (by the majority vote of Boyer and Moore, which needs no list). Refusals of a
// connection concern everybody, and count each.
//
// Pure.
#pragma once

#include <cstddef>

namespace kurir::outbound {

class refusal_row {
public:
    void add() noexcept { ++of_connections_; }
    void add(const void* tenant) noexcept {
        if (unpaired_ == 0) {
            candidate_ = tenant;
            ++unpaired_;
        } else if (tenant == candidate_) {
            ++unpaired_;
        } else {
            --unpaired_;
            ++pairs_;
        }
    }
    void clear() noexcept { *this = {}; }

    // How many refusals it counts as.
    unsigned length() const noexcept {
        // A tenant that is refused as well bears a refused connection out.
        const bool both = of_connections_ > 0 && (unpaired_ > 0);
        return of_connections_ + 2 * pairs_ + (both ? 1 : 0);
    }

    unsigned of_connections() const noexcept { return of_connections_; }

private:
    const void* candidate_ = nullptr;
    unsigned unpaired_ = 0;
    unsigned pairs_ = 0;
    unsigned of_connections_ = 0;
};

}  // namespace kurir::outbound
