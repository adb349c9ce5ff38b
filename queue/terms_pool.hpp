// The terms of queued deliveries. Equal terms are stored once, and referred to by a number.
//
// Pure. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "queue/rare.hpp"
#include "queue/terms.hpp"

namespace kurir::queue {

class terms_pool {
public:
    // The number of the default terms, which need no memory and are not counted.
    static constexpr std::uint32_t none = 0;

    // Adds one user of these terms, and returns their number.
    std::uint32_t add(const rare<delivery_terms>& terms);
    // Removes one user, who does not use `number` any more.
    void remove(std::uint32_t number);

    rare<delivery_terms> at(std::uint32_t number) const;

    std::size_t size() const noexcept { return numbers_.size(); }

private:
    struct counted {
        rare<delivery_terms> terms;
        std::uint32_t users = 0;
    };

    std::map<delivery_terms, std::uint32_t> numbers_;
    std::vector<counted> all_;  // by number minus one
    std::vector<std::uint32_t> free_;
};

}  // namespace kurir::queue
