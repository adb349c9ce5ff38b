#include "queue/recent_cache.hpp"

#include <iterator>
#include <utility>

namespace kurir::queue {

namespace {

// The memory that it takes, roughly.
std::size_t cost(const stored_message& message) {
    constexpr std::size_t fixed = sizeof(stored_message) + 192;
    std::size_t recipients = 0;
    for (const auto& each : message.mail.recipients)
        recipients += sizeof each + each.address.capacity() + each.dsn->original.capacity();
    return fixed + recipients + message.mail.extras->prefix.capacity() +
           message.first_chunk.capacity();
}

}  // namespace

void recent_cache::put(std::shared_ptr<const stored_message> message) {
    const std::size_t size = cost(*message);
    if (size > bytes_max_) return;
    const std::lock_guard lock(mutex_);
    const auto [found, is_new] = known_.try_emplace(message->mail.id);
    if (!is_new) return;
    newest_.messages.push_back(std::move(message));
    newest_.bytes += size;
    found->second = {.in = &newest_, .at = std::prev(newest_.messages.end())};
    while (newest_.bytes + older_.bytes > bytes_max_)
        make_room();
}

// The oldest of the newest goes to the older ones, or is forgotten. If it is the only one, and the
// older ones leave too little room for it, they give way.
void recent_cache::make_room() {
    const auto first = newest_.messages.begin();
    if (newest_.messages.size() == 1) {
        forget(known_.at(older_.messages.front()->mail.id));
        return;
    }
    const std::size_t size = cost(**first);
    const bool stays = older_.bytes + size <= bytes_max_ / 2;
    const auto known = known_.find((*first)->mail.id);
    if (!stays) {
        forget(known->second);
        return;
    }
    older_.messages.splice(older_.messages.end(), newest_.messages, first);
    newest_.bytes -= size;
    older_.bytes += size;
    known->second.in = &older_;
}

std::shared_ptr<const stored_message> recent_cache::find(message_id id) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(id);
    return found == known_.end() ? nullptr : *found->second.at;
}

void recent_cache::drop(message_id id) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(id);
    if (found != known_.end()) forget(found->second);
}

std::size_t recent_cache::bytes() const {
    const std::lock_guard lock(mutex_);
    return newest_.bytes + older_.bytes;
}

void recent_cache::forget(const place& message) {
    const auto [in, at] = message;
    in->bytes -= cost(**at);
    known_.erase((*at)->mail.id);
    in->messages.erase(at);
}

}  // namespace kurir::queue
