// A ready list that is fair between keys (such as tenants): deficit round robin.
//
// Each key has a line of its own. Lines take turns; with each turn a line may spend `quantum` more
// of cost, and what it does not spend it keeps until its next turn, as long as it waits. So a
// tenant with a million large messages delays another tenant's single message by one turn of each
// line, not by a million messages. A call takes constant time for each quantum of cost, amortised.
//
// The line of a key can be parked: its items stay, and nobody takes them until it is released.
//
// Pure. Items of one key leave in the order in which they came, those that go ahead before all
// others. An item takes little more memory than its own size and eight bytes, because a backlog has
// very many.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kurir::queue {

template <class Key, class Item>
class fair_queue {
public:
    // `quantum` should be at least the usual cost, so that most turns yield an item.
    explicit fair_queue(std::uint64_t quantum = 65536) : quantum_(quantum) { assert(quantum > 0); }

    // `ahead`: before all others of its key that are not.
    void push(Key key, std::uint64_t cost, Item item, bool ahead = false) {
        auto [found, is_new] = known_.try_emplace(key);
        if (is_new) {
            lines_.emplace_back(std::move(key));
            found->second = std::prev(lines_.end());
        }
        auto& line = *found->second;
        (ahead ? line.first_ones : line.others).push({cost, std::move(item)});
        ++size_;
        if (found->second->parked) ++parked_size_;
    }

    // Cost of the item whose turn it is. Precondition: something is available.
    std::uint64_t next_cost() {
        while (lines_.front().credit < lines_.front().first().cost)
            next_turn();
        return lines_.front().first().cost;
    }

    // The item whose turn it is; nothing when there is none.
    std::optional<Item> pop() {
        if (lines_.empty()) return std::nullopt;
        std::ignore = next_cost();
        return take_first();
    }

    // Takes the next items of `key` for as long as `chosen` is true for them, even if it is another
    // key's turn, and without cost.
    template <class Predicate>
    std::vector<Item> pop_while(const Key& key, Predicate chosen) {
        std::vector<Item> taken;
        const auto found = known_.find(key);
        if (found == known_.end()) return taken;
        const auto line = found->second;
        while (!line->empty() && chosen(line->first().item)) {
            taken.push_back(std::move(line->first().item));
            line->pop_front();
        }
        size_ -= taken.size();
        if (line->parked) parked_size_ -= taken.size();
        if (line->empty()) {
            known_.erase(found);
            (line->parked ? parked_ : lines_).erase(line);
        }
        return taken;
    }

    // Parks the line whose turn it is. Precondition: something is available.
    void park() {
        auto& current = lines_.front();
        current.parked = true;
        parked_size_ += current.size();
        parked_.splice(parked_.end(), lines_, lines_.begin());
    }

    // Lets the items of `key` be taken again, if they are parked.
    void release(const Key& key) {
        const auto found = known_.find(key);
        if (found == known_.end() || !found->second->parked) return;
        found->second->parked = false;
        parked_size_ -= found->second->size();
        lines_.splice(lines_.end(), parked_, found->second);
    }

    // Takes out the items for which `chosen` is true, line by line.
    template <class Predicate>
    std::vector<Item> extract_if(Predicate chosen) {
        std::vector<Item> taken;
        extract_from(lines_, chosen, taken);
        const auto available = taken.size();
        extract_from(parked_, chosen, taken);
        parked_size_ -= taken.size() - available;
        size_ -= taken.size();
        return taken;
    }

    // Calls `visit` with each item, in no particular order.
    template <class Visitor>
    void each(Visitor visit) const {
        for (const auto* lines : {&lines_, &parked_}) {
            for (const auto& line : *lines) {
                line.first_ones.each(visit);
                line.others.each(visit);
            }
        }
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::size_t available() const noexcept { return size_ - parked_size_; }
    std::size_t keys() const noexcept { return known_.size(); }

    // The key whose turn it is, or comes next; a parked one if there is no other. Precondition: not
    // empty.
    const Key& front_key() const { return front().key; }
    // The first item of that key. Precondition: not empty.
    const Item& front_item() const { return front().first().item; }

private:
    struct entry {
        std::uint64_t cost;
        Item item;
    };

    // First in, first out. The part that has left is freed when it is half of the whole.
    class sequence {
    public:
        bool empty() const noexcept { return taken_ == entries_.size(); }
        std::size_t size() const noexcept { return entries_.size() - taken_; }
        const entry& first() const { return entries_[taken_]; }
        entry& first() { return entries_[taken_]; }

        void push(entry last) { entries_.push_back(std::move(last)); }
        void pop_front() {
            if (++taken_ * 2 < entries_.size()) return;
            entries_.erase(
                entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(taken_)
            );
            taken_ = 0;
            if (entries_.capacity() > 4 * entries_.size() + 8) entries_.shrink_to_fit();
        }

        template <class Predicate>
        void extract_if(Predicate& chosen, std::vector<Item>& extracted) {
            if (empty()) return;
            std::vector<entry> stay;
            for (auto at = taken_; at < entries_.size(); ++at) {
                if (chosen(entries_[at].item)) {
                    extracted.push_back(std::move(entries_[at].item));
                } else {
                    stay.push_back(std::move(entries_[at]));
                }
            }
            entries_ = std::move(stay);
            taken_ = 0;
        }

        template <class Visitor>
        void each(Visitor& visit) const {
            for (auto at = taken_; at < entries_.size(); ++at)
                visit(entries_[at].item);
        }

    private:
        std::vector<entry> entries_;  // those from `taken_` on
        std::size_t taken_ = 0;
    };

    // Never empty between calls.
    struct line {
        explicit line(Key line_key) : key(std::move(line_key)) {}

        bool empty() const noexcept { return first_ones.empty() && others.empty(); }
        std::size_t size() const noexcept { return first_ones.size() + others.size(); }
        sequence& served() { return first_ones.empty() ? others : first_ones; }
        entry& first() { return served().first(); }
        const entry& first() const {
            return first_ones.empty() ? others.first() : first_ones.first();
        }
        void pop_front() { served().pop_front(); }

        template <class Predicate>
        void extract_if(Predicate& chosen, std::vector<Item>& extracted) {
            first_ones.extract_if(chosen, extracted);
            others.extract_if(chosen, extracted);
        }

        Key key;
        sequence first_ones{};
        sequence others{};
        std::uint64_t credit = 0;
        bool parked = false;
    };
    using line_list = std::list<line>;

    const line& front() const { return lines_.empty() ? parked_.front() : lines_.front(); }

    template <class Predicate>
    void extract_from(line_list& lines, Predicate& chosen, std::vector<Item>& extracted) {
        for (auto line = lines.begin(); line != lines.end();) {
            line->extract_if(chosen, extracted);
            if (line->empty()) {
                known_.erase(line->key);
                line = lines.erase(line);
            } else {
                ++line;
            }
        }
    }

    void next_turn() {
        lines_.splice(lines_.end(), lines_, lines_.begin());
        lines_.front().credit += quantum_;
    }

    std::optional<Item> take_first() {
        auto& current = lines_.front();
        std::optional<Item> item(std::move(current.first().item));
        current.credit -= current.first().cost;
        current.pop_front();
        --size_;
        if (current.empty()) {
            known_.erase(current.key);
            lines_.pop_front();
            if (!lines_.empty()) lines_.front().credit += quantum_;
        }
        return item;
    }

    std::uint64_t quantum_;
    std::size_t size_ = 0;
    std::size_t parked_size_ = 0;
    line_list lines_;  // the first has the turn
    line_list parked_;
    std::unordered_map<Key, typename line_list::iterator> known_;
};

}  // namespace kurir::queue
