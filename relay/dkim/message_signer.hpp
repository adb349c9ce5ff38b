// Signs messages: which keys, which terms, and what has a good signature of ours already.
// Immutable, and shared by threads.
//
// It takes the stored hashes of a message and the transaction in which the message is sent on, so
// that it can sign when the message comes in, and again for one delivery.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/dkim/key_ring.hpp"
#include "relay/dkim/message_digest.hpp"

namespace kurir::dkim {

// What beside its text decides about the signatures of a message.
struct transaction {
    message_domains domains;
    utc_seconds time;  // of the signatures
};

struct signing {
    enum class step : std::uint8_t {
        made,
        present,  // the message had a good one by the same key
        failed,   // OpenSSL could not make it
    };

    std::string fields = {};                             // they go in front of the message
    std::vector<std::pair<algorithm, step>> steps = {};  // one for each key
    std::string failure = {};                            // why a signature failed

    bool failed() const noexcept { return !failure.empty(); }
};

class message_signer {
public:
    // `default_domain` signs for all that have no key; it may be empty. `lifetime` of signatures;
    // nothing: they don't expire.
    message_signer(
        key_ring ring, std::string default_domain, std::optional<std::chrono::seconds> lifetime
    )
        : ring_(std::move(ring)), default_domain_(std::move(default_domain)), lifetime_(lifetime) {}

    key_choice choose(const transaction& sent) const;

    // `header`: of the message, if it has signatures already; else it may be empty. If one
    // signature fails, `fields` has none.
    signing sign(
        const message_digest& digest,
        std::string_view header,
        const key_choice& choice,
        utc_seconds time
    ) const;

    const key_ring& ring() const noexcept { return ring_; }

private:
    key_ring ring_;
    std::string default_domain_;
    std::optional<std::chrono::seconds> lifetime_;
};

// The domain of an address as keys have it, in lower case, with A-labels; empty: it has none.
std::string domain_of(std::string_view address);

// Those of several addresses, in their order.
std::vector<std::string> domains_of(const std::vector<std::string>& addresses);

}  // namespace kurir::dkim
