// What must have happened to each recipient, kept outside of the relay.
//
// It is told what was acknowledged, what the destinations took, and what was bounced, and knows
// from the script how each must end. It notes every violation with the time at which it came about.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "queue/message.hpp"
#include "tests/model/script.hpp"

namespace model {

class oracle {
public:
    using recipient = std::pair<kurir::queue::message_id, std::uint32_t>;

    void clock(time_point now) {
        now_ = now;
        latest_ = std::max(latest_, now);
    }

    void acknowledged(const kurir::queue::envelope& mail);
    // An attempt began; no other of the same recipient may be under way.
    void attempt_began(const kurir::queue::delivery& part);
    void attempt_ended(const kurir::queue::delivery& part);
    // A destination took the message for a recipient, or refused it for good.
    void delivered(const recipient& addressee) { ++delivered_[addressee]; }
    void bounced(const recipient& addressee) { ++bounced_[addressee]; }
    // An operator removed all recipients of these addresses: they need no end, and nothing new may
    // begin for them.
    void removed(const std::function<bool(const std::string& address)>& selected);
    // The relay died: attempts under way may come again, and what was taken may come twice.
    void crashed();

    // At the end: each recipient has ended as the script says of the host that takes its mail.
    using taker =
        std::function<const domain&(const recipient& addressee, const std::string& address)>;
    void settle_accounts(const taker& taker_of);

    void violation(std::string message);
    const std::vector<std::string>& violations() const noexcept { return violations_; }

    std::size_t recipients() const noexcept { return expected_.size(); }
    std::size_t duplicates() const noexcept { return duplicates_; }
    std::size_t removed() const noexcept { return removed_.size(); }

private:
    time_point now_{};
    time_point latest_{};                        // the wall clock may be set back
    std::map<recipient, std::string> expected_;  // address
    std::set<recipient> under_way_;
    std::set<recipient> removed_;
    std::map<recipient, int> delivered_;
    std::map<recipient, int> bounced_;
    std::map<recipient, int> interrupted_;  // attempts that a crash cut off
    std::size_t duplicates_ = 0;
    std::vector<std::string> violations_;
};

}  // namespace model
