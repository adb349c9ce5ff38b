#include "relay/net/tls_ticket_keys.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace kurir::net {

namespace {

void forget(ticket_keys::key& secret) {
    ::OPENSSL_cleanse(&secret, sizeof secret);
}

}  // namespace

ticket_keys::ticket_keys(random_source random, clock::duration lifetime)
    : random_(std::move(random)), lifetime_(lifetime) {}

ticket_keys::~ticket_keys() {
    forget(current_);
    if (previous_) forget(*previous_);
}

const ticket_keys::key& ticket_keys::current(clock::time_point now) {
    rotate(now);
    return current_;
}

std::optional<ticket_keys::found> ticket_keys::find(const key_name& name, clock::time_point now) {
    rotate(now);
    if (name == current_.name) return found{.of_ticket = current_};
    if (previous_ && name == previous_->name) {
        return found{.of_ticket = *previous_, .is_old = true};
    }
    return std::nullopt;
}

// Nobody may have come for long: a key that is older than two lifetimes is no use as the one
// before.
void ticket_keys::rotate(clock::time_point now) {
    if (begun_ && now < *begun_ + lifetime_) return;
    if (previous_) forget(*previous_);
    previous_.reset();
    if (begun_ && now < *begun_ + 2 * lifetime_) previous_ = current_;
    forget(current_);
    current_ = fresh();
    begun_ = now;
}

ticket_keys::key ticket_keys::fresh() const {
    key made;
    random_(made.name);
    random_(made.cipher);
    random_(made.digest);
    return made;
}

}  // namespace kurir::net
