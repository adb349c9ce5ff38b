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
    succeed(waiting);
    const auto index = free_slot();
    entry& stored = entries_[index];
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
    stored.counted_as = waiting.terms->hold     ? state::held
                        : waiting.attempts == 0 ? state::incoming
                                                : state::deferred;
    stored.source = share_source(std::move(waiting));
    count_in(stored);
    by_id_.insert(index, [this](slot item) { return id(item); });
    return index;
}

delivery backlog::at(slot index) const {
    const entry& stored = entries_[index];
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
    made.tenant = stored.source->first.tenant->first;
    made.sender_domain = sender_domain(index);
    made.priority = stored.priority;
    made.terms = terms_.at(stored.source->first.terms);
    made.entry = name_of(index);
    made.fence = stored.fence;
    return made;
}

void backlog::set_state(slot index, state next) {
    entry& stored = entries_[index];
    if (stored.counted_as == next) return;
    count_out(stored);
    stored.counted_as = next;
    count_in(stored);
}

void backlog::replace(slot index, entry_id name, std::vector<std::uint32_t> recipients) {
    assert(!recipients.empty());
    entry& stored = entries_[index];
    stored.entry_number = name.number();
    stored.entry_part = name.part();
    count_out(stored);
    stored.put(std::move(recipients));
    count_in(stored);
}

void backlog::count_in(entry& each) {
    if (!each.has_successor) group_of(each.counted_as).add(each);
}

void backlog::count_out(entry& each) {
    if (!each.has_successor) group_of(each.counted_as).remove(each);
}

void backlog::succeed(const delivery& left) {
    by_id_.each(
        left.id,
        [this](slot item) { return id(item); },
        [&](slot item) {
            entry& before = entries_[item];
            if (before.counted_as != state::active) return;
            if (!share_recipient(before, left.recipients)) return;
            count_out(before);
            before.has_successor = true;
        }
    );
}

// Both are ascending.
bool backlog::share_recipient(const entry& each, const std::vector<std::uint32_t>& recipients) {
    if (!each.several) return std::ranges::binary_search(recipients, each.only);
    return std::ranges::any_of(recipients, [&each](std::uint32_t recipient) {
        return std::ranges::binary_search(*each.several, recipient);
    });
}

void backlog::entry::put(std::vector<std::uint32_t> recipients) {
    only = recipients.front();
    several = recipients.size() > 1
                  ? std::make_unique<const std::vector<std::uint32_t>>(std::move(recipients))
                  : nullptr;
}

void backlog::erase(slot index) {
    entry& stored = entries_[index];
    assert(stored.domain != nullptr);
    count_out(stored);
    by_id_.erase(index, [this](slot item) { return id(item); });
    unshare(stored.domain);
    unshare_source(stored.source);
    stored = {};
    free_.push_back(index);
}

backlog::tally backlog::sum(state counted) const {
    return groups_[static_cast<std::size_t>(counted)].sum();
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
    const auto index = free_.back();
    free_.pop_back();
    return index;
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
        .tenant = share(std::move(waiting.tenant)),
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
    unshare(gone.tenant);
    unshare(gone.domain);
    terms_.remove(gone.terms);
}

std::size_t backlog::source_hash::operator()(const source& each) const noexcept {
    const std::hash<const name*> hash;
    return (hash(each.tenant) * 31 + hash(each.domain)) * 31 + each.terms;
}

}  // namespace kurir::queue
