// What a destination answers to each tenant, and whose a refusal is.
//
// A refusal of a message is its tenant's own while others are served: then only that tenant is
// slowed. Tenants that are quiet for long are forgotten, and there are never more than a thousand.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "relay/net/clock.hpp"
#include "relay/outbound/pacer.hpp"
#include "relay/outbound/share.hpp"

namespace kurir::outbound {

struct tenant {
    pacer pace{};
    unsigned row = 0;            // refusals without a success
    unsigned unjudged = 0;       // of these, how many may be chance
    unsigned put_off = 0;        // recipients in a row that were put off, without a success
    share all{50};               // of its attempts, how many failed
    share usual{400, 20, 0.05};  // the same without those of a row that was believed
    share first{50};             // of first attempts, how many failed
    share again{50};             // of later attempts
    net::clock::time_point seen{};

    // Greylisting in words that nobody listed: first attempts fail, later ones pass.
    bool passes_later() const noexcept {
        return again.tries() >= 5 && again.value() < 0.2 && first.value() > 0.6;
    }
};

class tenants {
public:
    using time_point = net::clock::time_point;

    // Made if it is not known.
    std::shared_ptr<tenant> at(const std::string& name, time_point now);
    // Null if it is not known.
    const tenant* find(const std::string& name) const;

    // An attempt of a tenant ended.
    void count(tenant& tenant, bool failed);
    // Its failures are out of all proportion to those of the others.
    bool own_fault(const tenant& tenant) const noexcept;

    std::size_t size() const noexcept { return known_.size(); }

private:
    void forget(time_point now);

    std::unordered_map<std::string, std::shared_ptr<tenant>> known_;
    share all_{100};
};

}  // namespace kurir::outbound
