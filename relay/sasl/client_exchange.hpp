// The client's side of each mechanism: one exchange. Pure; texts are not encoded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "relay/sasl/channel.hpp"
#include "relay/sasl/client_account.hpp"

namespace kurir::sasl {

class client_exchange {
public:
    virtual ~client_exchange() = default;

    // The initial response; nothing if the server speaks first.
    virtual std::optional<std::string> first() = 0;

    // Nothing: it can't be answered, or should not be.
    virtual std::optional<std::string> respond(std::string_view challenge) = 0;

    // The server has shown all that the mechanism asks of it.
    virtual bool proven() const { return true; }

    // What the server said about a failure, as it came; empty if nothing.
    virtual std::string complaint() const { return {}; }
};

struct client_terms {
    std::shared_ptr<const client_account> account;
    channel_bindings channel = {};
    std::string nonce = {};  // drawn anew for each exchange
};

// Of SCRAM: `bound` is -PLUS. The rest is for one of the others (`mechanisms.hpp`).
std::unique_ptr<client_exchange> make_client_scram(client_terms terms, bool bound);
std::unique_ptr<client_exchange> make_client_exchange(
    std::string_view mechanism, std::shared_ptr<const client_account> account
);

}  // namespace kurir::sasl
