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
    messages_.push_back(std::move(message));
    found->second = std::prev(messages_.end());
    bytes_ += size;
    while (bytes_ > bytes_max_)
        forget(messages_.begin());
}

std::shared_ptr<const stored_message> recent_cache::find(message_id id) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(id);
    return found == known_.end() ? nullptr : *found->second;
}

void recent_cache::drop(message_id id) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(id);
    if (found != known_.end()) forget(found->second);
}

std::size_t recent_cache::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

void recent_cache::forget(message_list::iterator message) {
    bytes_ -= cost(**message);
    known_.erase((*message)->mail.id);
    messages_.erase(message);
}

}  // namespace kurir::queue
