#include "relay/users/remembered.hpp"

#include "relay/sasl/digest.hpp"

namespace kurir::users {

remembered_logins::remembered_logins() : key_(sasl::random_bytes(sasl::sha256_size)) {}

std::string remembered_logins::tag_of(const user& known, std::string_view password) const {
    // A line has no NUL in it, so nothing else gives this text. The line begins with the name.
    sasl::secret text(known.line + '\0' + std::string(password));
    return sasl::hmac_sha256(key_, text.text());
}

bool remembered_logins::knows(const std::string& tag, net::clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = until_.find(tag);
    return found != until_.end() && now < found->second;
}

void remembered_logins::remember(const std::string& tag, net::clock::time_point now) {
    const std::lock_guard lock(mutex_);
    forget(now);
    if (!until_.emplace(tag, now + lifetime).second) return;
    oldest_first_.push_back(tag);
}

// Those whose time is over, and the oldest if there is no room.
void remembered_logins::forget(net::clock::time_point now) {
    while (!oldest_first_.empty()) {
        const auto oldest = until_.find(oldest_first_.front());
        if (now < oldest->second && until_.size() < logins_max) return;
        until_.erase(oldest);
        oldest_first_.pop_front();
    }
}

std::size_t remembered_logins::size() const {
    const std::lock_guard lock(mutex_);
    return until_.size();
}

}  // namespace kurir::users
