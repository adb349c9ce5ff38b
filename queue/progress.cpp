#include "queue/progress.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace kurir::queue {

namespace {

void take(std::uint64_t& number, std::uint64_t amount) {
    number -= std::min(number, amount);
}

// Takes the finished recipients out of `deliveries`, and those that then have none.
void prune(std::vector<delivery>& deliveries, const std::set<std::uint32_t>& finished) {
    for (auto& each : deliveries) {
        std::erase_if(each.recipients, [&](std::uint32_t recipient) {
            return finished.contains(recipient);
        });
    }
    std::erase_if(deliveries, [](const delivery& each) { return each.recipients.empty(); });
}

}  // namespace

message_extent extent_of(const envelope& mail) {
    return {
        .recipients = static_cast<std::uint32_t>(mail.recipients.size()),
        .chunks = mail.chunks,
        .size = mail.size,
    };
}

void progress::note(std::uint32_t recipient, std::optional<bool> is_finished) {
    (is_finished.value_or(false) ? finished : tried).insert(recipient);
}

bool finishes_at_once(const settlement& end, const message_extent& extent, bool untouched) {
    return untouched && end.attempted.attempts == 0 && end.others.empty() &&
           end.finished.size() == extent.recipients;
}

settlement_effect finish(settlement& end, progress& message) {
    assert(!message.gone);
    const auto recipients = message.extent.recipients;
    const auto before = message.finished.size();
    std::erase_if(end.finished, [&](std::uint32_t recipient) { return recipient >= recipients; });
    message.finished.insert(end.finished.begin(), end.finished.end());
    settlement_effect effect{
        .message_ended = message.finished.size() == recipients,
        .recipients = message.finished.size() - before,
    };
    prune(end.again, message.finished);
    if (end.withheld) end.withheld = rest_of(std::move(*end.withheld), message);
    message.gone = effect.message_ended;
    if (message.gone) return effect;
    for (const auto recipient : end.finished)
        message.tried.erase(recipient);
    std::erase_if(end.unfinished, [&](const recipient_state& state) {
        return message.finished.contains(state.index);
    });
    for (const auto& state : end.unfinished)
        message.tried.insert(state.index);
    return effect;
}

void subtract(store_totals& totals, const settlement_effect& effect, const message_extent& extent) {
    take(totals.recipients, effect.recipients);
    if (!effect.message_ended) return;
    take(totals.messages, 1);
    take(totals.bytes, extent.size);
}

void add(store_totals& totals, const envelope& mail) {
    ++totals.messages;
    totals.recipients += mail.recipients.size();
    totals.bytes += mail.size;
}

settlement settlement_of(const entry_removal& removal, const message_extent& extent) {
    settlement end;
    end.attempted = removal.entry;
    end.finished = removal.recipients;
    if (removal.whole) {
        end.finished.resize(extent.recipients);
        std::iota(end.finished.begin(), end.finished.end(), 0);
    }
    return end;
}

std::optional<delivery> rest_of(delivery entry, const progress& message) {
    if (message.gone) return std::nullopt;
    std::erase_if(entry.recipients, [&](std::uint32_t recipient) {
        return message.finished.contains(recipient);
    });
    if (entry.recipients.empty()) return std::nullopt;
    return entry;
}

bool is_rest_of(const delivery& left, const delivery& attempted) {
    return left.attempts == attempted.attempts &&
           std::ranges::includes(attempted.recipients, left.recipients);
}

standing standing_of(queue::fence claim, const std::optional<entry_facts>& known) {
    if (!known) return standing::settled;
    if (known->fence != claim) return standing::lost;
    return known->there ? standing::held : standing::settled;
}

}  // namespace kurir::queue
