// The first deliveries of the queue in an order: those that are kept while all go by.
//
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/backlog.hpp"

namespace kurir::control {

enum class list_order : std::uint8_t {
    age,       // the oldest first
    size,      // the largest first
    attempts,  // the most first
    next,      // the next attempt; what is held comes last
    from,      // reverse-path
    domain,
};
// In the order of the enumerators.
inline constexpr std::array<std::string_view, 6> order_words{
    "age", "size", "attempts", "next", "from", "domain"
};
std::optional<list_order> order_named(std::string_view name);
std::string known_orders();  // as a sentence about "sort"

// What a delivery is compared by: the least is the first.
struct sort_key {
    std::int64_t number = 0;
    std::string_view text = {};
    auto operator<=>(const sort_key&) const = default;
};

// Of all but `from`, which only the envelope has.
sort_key key_in_memory(const queue::backlog& all, queue::backlog::slot item, list_order order);

class first_deliveries {
public:
    struct place {
        queue::backlog::slot item = 0;
        queue::message_id id;
        // Its entry, if this node has not claimed it: then it has no slot.
        std::optional<queue::entry_id> other = {};
    };

    // Keeps `limit`, more than 0.
    explicit first_deliveries(std::size_t limit) : limit_(limit) {}

    void offer(const sort_key& key, const place& delivery);

    // In their order; those that are equal by their ids.
    std::vector<place> take();

private:
    struct candidate {
        std::int64_t number = 0;
        std::string text;
        place delivery;
    };
    static bool before(const candidate& a, const candidate& b);

    std::size_t limit_;
    std::vector<candidate> kept_;  // a heap, the last on top
};

}  // namespace kurir::control
