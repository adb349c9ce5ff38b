#include "tests/model/oracle.hpp"

#include <algorithm>

namespace model {

namespace {

// How mail to an address must end.
enum class fate : std::uint8_t { delivered, bounced, either };

fate fate_of(const std::string& address, const domain& taker) {
    if (address.starts_with(refused_local_part)) return fate::bounced;
    const auto last = taker.finally();
    const bool works = last == mood::healthy || last == mood::busy;
    // A destination that is gone in the end may have taken mail before.
    return works ? fate::delivered : fate::either;
}

}  // namespace

void oracle::acknowledged(const kurir::queue::envelope& mail) {
    for (std::uint32_t i = 0; i < mail.recipients.size(); ++i)
        expected_[{mail.id, i}] = mail.recipients[i].address;
}

void oracle::attempt_began(const kurir::queue::delivery& part) {
    if (part.due > latest_) violation("tried before it was due: " + part.id.text());
    for (const auto each : part.recipients) {
        if (!under_way_.insert({part.id, each}).second) {
            violation("tried twice at the same time: " + part.id.text());
        }
        if (bounced_.contains({part.id, each})) {
            violation("tried after it was bounced: " + part.id.text());
        }
        if (removed_.contains({part.id, each})) {
            violation("tried after it was removed: " + part.id.text());
        }
    }
}

void oracle::attempt_ended(const kurir::queue::delivery& part) {
    for (const auto each : part.recipients)
        under_way_.erase({part.id, each});
}

void oracle::removed(const std::function<bool(const std::string& address)>& selected) {
    for (const auto& [addressee, address] : expected_) {
        if (selected(address)) removed_.insert(addressee);
    }
}

void oracle::crashed() {
    for (const auto& each : under_way_)
        ++interrupted_[each];
    under_way_.clear();
}

void oracle::settle_accounts(const taker& taker_of) {
    for (const auto& [addressee, address] : expected_) {
        const auto name = addressee.first.text() + " to " + address;
        const int delivered = delivered_[addressee];
        const int bounced = bounced_[addressee];
        const auto right = fate_of(address, taker_of(addressee, address));
        if (delivered + bounced == 0 && !removed_.contains(addressee)) violation("lost: " + name);
        if (delivered > 0 && right == fate::bounced) violation("delivered against 550: " + name);
        if (bounced > 0 && right == fate::delivered) {
            violation("bounced though it could be delivered: " + name);
        }
        if (delivered > 0 && bounced > 0 && interrupted_[addressee] == 0) {
            violation("delivered and bounced: " + name);
        }
        if (bounced > 1) violation("bounced twice: " + name);
        if (delivered > 1 + interrupted_[addressee]) violation("delivered too often: " + name);
        if (delivered > 1) duplicates_ += static_cast<std::size_t>(delivered - 1);
    }
}

void oracle::violation(std::string message) {
    violations_.push_back(
        "at " + std::to_string(now_.time_since_epoch().count()) + " ms: " + std::move(message)
    );
}

}  // namespace model
