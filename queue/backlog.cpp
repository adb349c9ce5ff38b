#include "queue/backlog.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

namespace kurir::queue {

namespace {

constexpr std::uint32_t attempts_max = (1U << 24) - 1;

}  // namespace

backlog::slot backlog::insert(delivery waiting) {
    static_assert(sizeof(entry) <= 80, "a long queue has millions of these");
    assert(!waiting.recipients.empty());
    const auto which = free_slot();
    entry& stored = entries_[which];
    stored.id = waiting.id;
    stored.due = waiting.due;
    stored.received_at = waiting.received_at;
    stored.entry_number = waiting.entry.number();
    stored.entry_part = waiting.entry.part();
    stored.fence = waiting.fence;
    stored.size = waiting.size;
    stored.attempts = std::min(waiting.attempts, attempts_max) & attempts_max;
    stored.priority = waiting.priority;
    stored.put(std::move(waiting.recipients));
    stored.domain = share(std::move(waiting.domain));
    stored.counted_as = waiting.attempts == 0 ? state::incoming : state::deferred;
    stored.from = share_source(std::move(waiting));
    group_of(stored.counted_as).add(stored);
    return which;
}

delivery backlog::at(slot which) const {
    const entry& stored = entries_[which];
    assert(stored.domain != nullptr);
    delivery made;
    made.id = stored.id;
    made.due = stored.due;
    if (stored.several) {
        made.recipients = *stored.several;
    } else {
        made.recipients = {stored.only};
    }
    made.domain = stored.domain->first;
    made.received_at = stored.received_at;
    made.attempts = stored.attempts;
    made.size = stored.size;
    made.sender = stored.from->first.sender->first;
    made.sender_domain = sender_domain(which);
    made.priority = stored.priority;
    made.terms = terms_.at(stored.from->first.terms);
    made.entry = name_of(which);
    made.fence = stored.fence;
    return made;
}

void backlog::set_state(slot which, state to) {
    entry& stored = entries_[which];
    if (stored.counted_as == to) return;
    group_of(stored.counted_as).remove(stored);
    stored.counted_as = to;
    group_of(to).add(stored);
}

void backlog::replace(slot which, entry_id name, std::vector<std::uint32_t> recipients) {
    assert(!recipients.empty());
    entry& stored = entries_[which];
    stored.entry_number = name.number();
    stored.entry_part = name.part();
    auto& counted = group_of(stored.counted_as);
    counted.remove(stored);
    stored.put(std::move(recipients));
    counted.add(stored);
}

void backlog::entry::put(std::vector<std::uint32_t> recipients) {
    only = recipients.front();
    several = recipients.size() > 1
                  ? std::make_unique<const std::vector<std::uint32_t>>(std::move(recipients))
                  : nullptr;
}

void backlog::erase(slot which) {
    entry& stored = entries_[which];
    assert(stored.domain != nullptr);
    group_of(stored.counted_as).remove(stored);
    unshare(stored.domain);
    unshare_source(stored.from);
    stored = {};
    free_.push_back(which);
}

backlog::tally backlog::sum(state of) const {
    return groups_[static_cast<std::size_t>(of)].sum();
}

void backlog::group::add(const entry& each) {
    ++deliveries_;
    recipients_ += recipients_of(each);
    ++received_[std::chrono::floor<std::chrono::seconds>(each.received_at)];
}

void backlog::group::remove(const entry& each) {
    --deliveries_;
    recipients_ -= recipients_of(each);
    const auto found = received_.find(std::chrono::floor<std::chrono::seconds>(each.received_at));
    if (--found->second == 0) received_.erase(found);
}

backlog::tally backlog::group::sum() const {
    tally sum{.deliveries = deliveries_, .recipients = recipients_, .oldest = std::nullopt};
    if (!received_.empty()) sum.oldest = received_.begin()->first;
    return sum;
}

std::size_t backlog::recipients_of(const entry& each) {
    return each.several ? each.several->size() : 1;
}

backlog::slot backlog::free_slot() {
    if (free_.empty()) {
        assert(entries_.size() < std::numeric_limits<slot>::max());
        entries_.emplace_back();
        return static_cast<slot>(entries_.size() - 1);
    }
    const auto which = free_.back();
    free_.pop_back();
    return which;
}

backlog::name* backlog::share(std::string text) {
    name& shared = *names_.try_emplace(std::move(text), 0).first;
    ++shared.second;
    return &shared;
}

void backlog::unshare(name* shared) {
    if (--shared->second == 0) names_.erase(shared->first);
}

// A source holds one use of its texts and terms, however many entries share it.
backlog::sources::value_type* backlog::share_source(delivery&& waiting) {
    const source wanted{
        .sender = share(std::move(waiting.sender)),
        .domain = share(std::move(waiting.sender_domain)),
        .terms = terms_.add(waiting.terms),
    };
    auto& shared = *sources_.try_emplace(wanted, 0).first;
    if (++shared.second > 1) release(wanted);
    return &shared;
}

void backlog::unshare_source(sources::value_type* shared) {
    if (--shared->second > 0) return;
    const auto gone = shared->first;
    sources_.erase(gone);
    release(gone);
}

void backlog::release(const source& gone) {
    unshare(gone.sender);
    unshare(gone.domain);
    terms_.remove(gone.terms);
}

std::size_t backlog::source_hash::operator()(const source& each) const noexcept {
    const std::hash<const name*> hash;
    return (hash(each.sender) * 31 + hash(each.domain)) * 31 + each.terms;
}

}  // namespace kurir::queue
