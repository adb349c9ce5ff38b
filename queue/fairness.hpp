// A ready list that is fair between senders: deficit round robin.
//
// Each sender has a line of its own. Lines take turns; with each turn a line may spend `quantum`
// more of cost, and what it does not spend it keeps until its next turn, as long as it waits. So a
// sender of a million large messages delays another one's single message by one turn of each line,
// not by a million messages. A call takes constant time for each quantum of cost, amortised.
//
// Pure. Items of one sender leave in the order in which they came.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace kurir::queue {

template <class Item>
class fair_queue {
public:
    // `quantum` should be at least the usual cost, so that most turns yield an item.
    explicit fair_queue(std::uint64_t quantum = 65536) : quantum_(quantum) { assert(quantum > 0); }

    void push(std::string sender, std::uint64_t cost, Item item) {
        auto [found, is_new] = known_.try_emplace(std::move(sender));
        if (is_new) {
            lines_.push_back({.sender = &found->first});
            found->second = std::prev(lines_.end());
        }
        found->second->waiting.push_back({cost, std::move(item)});
        ++size_;
    }

    // The item whose turn it is; nothing when there is none.
    std::optional<Item> pop() {
        if (lines_.empty()) return std::nullopt;
        while (lines_.front().credit < lines_.front().waiting.front().cost)
            next_turn();
        return take_first();
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::size_t senders() const noexcept { return lines_.size(); }

private:
    struct entry {
        std::uint64_t cost;
        Item item;
    };
    struct line {
        const std::string* sender;    // the key in `known_`, whose address does not change
        std::deque<entry> waiting{};  // not empty
        std::uint64_t credit = 0;
    };
    using line_list = std::list<line>;

    void next_turn() {
        lines_.splice(lines_.end(), lines_, lines_.begin());
        lines_.front().credit += quantum_;
    }

    std::optional<Item> take_first() {
        auto& current = lines_.front();
        std::optional<Item> item(std::move(current.waiting.front().item));
        current.credit -= current.waiting.front().cost;
        current.waiting.pop_front();
        --size_;
        if (current.waiting.empty()) {
            known_.erase(known_.find(*current.sender));
            lines_.pop_front();
            if (!lines_.empty()) lines_.front().credit += quantum_;
        }
        return item;
    }

    std::uint64_t quantum_;
    std::size_t size_ = 0;
    line_list lines_;  // the first has the turn
    std::unordered_map<std::string, typename line_list::iterator> known_;
};

}  // namespace kurir::queue
