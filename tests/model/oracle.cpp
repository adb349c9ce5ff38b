#include "tests/model/oracle.hpp"

#include <algorithm>

namespace model {

namespace {

// How mail to an address must end.
enum class fate : std::uint8_t { delivered, bounced, either };

fate fate_of(const std::string& address, const domain& taker) {
    if (address.starts_with(refused_local_part)) return fate::bounced;
    const auto how = taker.finally();
    const bool works = how == mood::healthy || how == mood::busy;
    // A destination that is gone in the end may have taken mail before.
    return works ? fate::delivered : fate::either;
}

}  // namespace

void oracle::acknowledged(const kurir::queue::envelope& mail) {
    for (std::uint32_t i = 0; i < mail.recipients.size(); ++i)
        expected_[{mail.id, i}] = mail.recipients[i].address;
}

void oracle::attempt_began(const kurir::queue::delivery& what) {
    if (what.due > latest_) violation("tried before it was due: " + what.id.text());
    for (const auto each : what.recipients) {
        if (!under_way_.insert({what.id, each}).second) {
            violation("tried twice at the same time: " + what.id.text());
        }
        if (bounced_.contains({what.id, each})) {
            violation("tried after it was bounced: " + what.id.text());
        }
        if (removed_.contains({what.id, each})) {
            violation("tried after it was removed: " + what.id.text());
        }
    }
}

void oracle::attempt_ended(const kurir::queue::delivery& what) {
    for (const auto each : what.recipients)
        under_way_.erase({what.id, each});
}

void oracle::removed(const std::function<bool(const std::string& address)>& which) {
    for (const auto& [who, address] : expected_) {
        if (which(address)) removed_.insert(who);
    }
}

void oracle::crashed() {
    for (const auto& each : under_way_)
        ++interrupted_[each];
    under_way_.clear();
}

void oracle::settle_accounts(const taker& taker_of) {
    for (const auto& [who, address] : expected_) {
        const auto name = who.first.text() + " to " + address;
        const int delivered = delivered_[who];
        const int bounced = bounced_[who];
        const auto right = fate_of(address, taker_of(who, address));
        if (delivered + bounced == 0 && !removed_.contains(who)) violation("lost: " + name);
        if (delivered > 0 && right == fate::bounced) violation("delivered against 550: " + name);
        if (bounced > 0 && right == fate::delivered) {
            violation("bounced though it could be delivered: " + name);
        }
        if (delivered > 0 && bounced > 0 && interrupted_[who] == 0) {
            violation("delivered and bounced: " + name);
        }
        if (bounced > 1) violation("bounced twice: " + name);
        if (delivered > 1 + interrupted_[who]) violation("delivered too often: " + name);
        if (delivered > 1) duplicates_ += static_cast<std::size_t>(delivered - 1);
    }
}

void oracle::violation(std::string what) {
    violations_.push_back(
        "at " + std::to_string(now_.time_since_epoch().count()) + " ms: " + std::move(what)
    );
}

}  // namespace model
