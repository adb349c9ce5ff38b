// How one attempt goes on after each transaction: who still needs a verdict, whether they are tried
// again over the same connection, over a fresh one to the same host, or at the next host; and what
// is learnt of the server.
//
// Some refusals say nothing of the recipients, and are not counted before they come a second time:
//
// - **An extension that is offered and does not work.** Once more without it.
// - **A temporary refusal on a connection that has carried messages**, or a refused MAIL there: the
//   server may have had enough of the connection. Once more over a fresh one. If it takes the
//   message there, it is remembered after how many it had enough.
// - **A connection that ends while recipients are named** (421 or without a word). With `k` of them
//   taken: once more with these `k`. With none: once more with the recipient at which it ended as
//   the last one, so that one that the server can't bear does not take the others along.
// - **Replies to a group that don't fit its commands**, and refusals in a group that was not
// answered
//   to its end, prove nothing: once more in lockstep.
//
// When somebody has got the message, the attempt is over, so that it is settled at once; those who
// are left come again, and it does not count as an attempt for them.
//
// An attempt has limits, so that a domain with many hosts, or slow ones, does not hold a worker:
// hosts, sessions that refuse us, fresh connections, time.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "relay/net/clock.hpp"
#include "relay/outbound/aftermath.hpp"
#include "relay/outbound/habits.hpp"
#include "relay/outbound/transaction_end.hpp"

namespace kurir::outbound {

// What a transaction says of the server.
struct lessons {
    std::size_t messages = 0;  // were enough for a connection; 0: nothing is learnt
    habits::evidence messages_evidence = habits::evidence::seen;
    std::size_t recipients = 0;  // were enough for a transaction
    habits::evidence recipients_evidence = habits::evidence::seen;
    extension_set without = {};
    bool unasked = false;
    bool fresh_in_vain = false;  // a fresh connection is refused like one that had carried messages

    bool empty() const {
        return messages == 0 && recipients == 0 && without.empty() && !unasked && !fresh_in_vain;
    }

    // Tells `known` of `server`.
    void teach(habits& known, const std::string& server, net::clock::time_point now) const;
};

class attempt_plan {
public:
    using time_point = net::clock::time_point;

    // `lifetime`: what the message has left in the queue.
    attempt_plan(
        std::vector<std::uint32_t> recipients, time_point now, std::chrono::milliseconds lifetime
    );

    // Fresh connections to this server have not helped lately: only its words ask for one.
    void expect_no_help() noexcept { fresh_helps_ = false; }

    enum class next : std::uint8_t {
        same_connection,
        fresh_connection,  // to the same host
        any_connection,    // a fresh one, to the first host that takes it
        next_host,
        over,
    };

    // The recipients of the next transaction: at most `limit`.
    std::vector<std::uint32_t> group(std::size_t limit) const;
    const extension_set& without() const noexcept { return without_; }

    // What follows the transaction that `group` was tried in. `usable`: its connection is.
    next after(
        const transaction_end& end,
        const std::vector<std::uint32_t>& group,
        bool usable,
        time_point now
    );
    const lessons& learnt() const noexcept { return learnt_; }

    // A host was not reached, or refused the session. False: no further one is tried.
    bool host_failed(verdict trouble, time_point now);

    // The same for a host that can't take this message.
    bool host_is_unfit(verdict trouble, time_point now);

    // The host that fails next was not tried: it does not count.
    void next_host_is_free() noexcept { free_ = true; }

    // Whether one more connection may be opened.
    bool may_connect(time_point now) const;
    // To how many hosts, if that ends at their number; at least 1.
    std::size_t hosts_left() const;

    // No recipient is left without a verdict, or those that are come again by themselves.
    bool over() const noexcept { return open_.empty() || settled_early_; }

    // Recipients are left whom no host has served.
    bool gave_up() const noexcept { return !open_.empty() && !settled_early_; }

    // Whether some host took part in a transaction, and why none did.
    bool reached() const noexcept { return reached_; }
    const std::optional<verdict>& trouble() const noexcept { return trouble_; }

    // The verdict of each recipient. `otherwise` is for those whom no host has said anything of.
    std::vector<recipient_verdict> verdicts(const verdict& otherwise) const;

private:
    std::optional<next> once_more(
        const transaction_end& end, const std::vector<std::uint32_t>& group, time_point now
    );
    bool is_without_more(const transaction_end& end);
    bool is_split(const transaction_end& end, const std::vector<std::uint32_t>& group);
    bool had_enough(const transaction_end& end);
    void learn(const transaction_end& end);
    void learn_of_connection(const transaction_end& end);
    void record(const transaction_end& end, const std::vector<std::uint32_t>& group);
    void remember(verdict latest);

    std::vector<std::uint32_t> open_;  // without a final verdict, in the order of trying
    std::vector<recipient_verdict> verdicts_;
    std::optional<verdict> trouble_;  // what to tell those whom no host served
    time_point ends_;                 // no connection is opened after that
    extension_set without_;
    extension_set unproven_;  // of these, those that this attempt left out
    lessons learnt_;
    std::size_t recipients_max_ = SIZE_MAX;
    std::size_t carried_ = 0;  // messages that a connection had carried when it refused another
    habits::evidence carried_evidence_ = habits::evidence::seen;
    std::size_t hosts_ = 0;
    std::size_t sessions_refused_ = 0;
    std::size_t fresh_ = 0;
    bool fresh_helps_ = true;
    bool left_connection_ = false;  // one that may have had enough
    bool isolated_ = false;
    bool free_ = false;
    bool reached_ = false;
    bool settled_early_ = false;
};

}  // namespace kurir::outbound
