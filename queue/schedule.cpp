#include "queue/schedule.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace kurir::queue {

void schedule::insert(delivery waiting) {
    assert(!waiting.recipients.empty());
    const auto slot = free_slot();
    entry& stored = entries_[slot];
    stored.id = waiting.id;
    stored.received_at = waiting.received_at;
    stored.stored_due = waiting.entry;
    stored.size = waiting.size;
    stored.attempts = waiting.attempts;
    stored.only = waiting.recipients.front();
    if (waiting.recipients.size() > 1) {
        stored.several =
            std::make_unique<const std::vector<std::uint32_t>>(std::move(waiting.recipients));
    }
    stored.domain = share(std::move(waiting.domain));
    stored.sender = share(std::move(waiting.sender));
    group_of(stored).add(stored);

    by_due_.push_back({waiting.due, slot});
    std::push_heap(by_due_.begin(), by_due_.end(), [this](const moment& a, const moment& b) {
        return later(a, b);
    });
}

std::optional<delivery> schedule::pop_due(time_point now) {
    if (by_due_.empty() || by_due_.front().due > now) return std::nullopt;
    std::pop_heap(by_due_.begin(), by_due_.end(), [this](const moment& a, const moment& b) {
        return later(a, b);
    });
    const auto [due, slot] = by_due_.back();
    by_due_.pop_back();

    entry& stored = entries_[slot];
    group_of(stored).remove(stored);
    delivery ready;
    ready.id = stored.id;
    ready.due = due;
    if (stored.several) {
        ready.recipients = *stored.several;
    } else {
        ready.recipients = {stored.only};
    }
    ready.domain = stored.domain->first;
    ready.received_at = stored.received_at;
    ready.attempts = stored.attempts;
    ready.size = stored.size;
    ready.sender = stored.sender->first;
    ready.entry = stored.stored_due;

    unshare(stored.domain);
    unshare(stored.sender);
    stored = {};
    free_.push_back(slot);
    return ready;
}

std::optional<time_point> schedule::next_due() const {
    if (by_due_.empty()) return std::nullopt;
    return by_due_.front().due;
}

void schedule::group::add(const entry& each) {
    ++deliveries_;
    recipients_ += recipients_of(each);
    ++received_[std::chrono::floor<std::chrono::seconds>(each.received_at)];
}

void schedule::group::remove(const entry& each) {
    --deliveries_;
    recipients_ -= recipients_of(each);
    const auto found = received_.find(std::chrono::floor<std::chrono::seconds>(each.received_at));
    if (--found->second == 0) received_.erase(found);
}

schedule::tally schedule::group::sum() const {
    tally sum{.deliveries = deliveries_, .recipients = recipients_, .oldest = std::nullopt};
    if (!received_.empty()) sum.oldest = received_.begin()->first;
    return sum;
}

std::size_t schedule::recipients_of(const entry& each) {
    return each.several ? each.several->size() : 1;
}

bool schedule::later(const moment& a, const moment& b) const {
    if (a.due != b.due) return a.due > b.due;
    return entries_[a.slot].id > entries_[b.slot].id;
}

std::uint32_t schedule::free_slot() {
    if (free_.empty()) {
        assert(entries_.size() < std::numeric_limits<std::uint32_t>::max());
        entries_.emplace_back();
        return static_cast<std::uint32_t>(entries_.size() - 1);
    }
    const auto slot = free_.back();
    free_.pop_back();
    return slot;
}

schedule::name* schedule::share(std::string text) {
    name& shared = *names_.try_emplace(std::move(text), 0).first;
    ++shared.second;
    return &shared;
}

void schedule::unshare(name* shared) {
    if (--shared->second == 0) names_.erase(shared->first);
}

}  // namespace kurir::queue
