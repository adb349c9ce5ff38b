// Sums while they are made: of a million deliveries in some tenths of a second.
//
// Pure.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "relay/control/queue_view.hpp"

namespace kurir::control {

class growing_sums {
public:
    // `now`: of the queue's clock.
    growing_sums(grouping by, queue::time_point now) : by_(by), now_(now) {}

    // As the dispatcher has it. Not by what only the envelope has.
    void add(const outbound::scheduler& state, slot item);
    // The recipients that are chosen.
    void add(const listed& each);

    group_sums take() const;

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };
    struct known_route {
        std::shared_ptr<const outbound::route> route;  // so that no other one has its address
        group_sum* sum = nullptr;
    };

    group_sum& at(std::string_view key);
    group_sum& of_memory(const queue::backlog& all, slot item);
    group_sum& of_destination(const outbound::scheduler& state, slot item);

    const grouping by_;
    const queue::time_point now_;
    std::unordered_map<std::string, group_sum, text_hash, std::equal_to<>> sums_;
    std::unordered_map<const outbound::route*, known_route> routes_;
};

}  // namespace kurir::control
