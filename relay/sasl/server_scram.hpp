// The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS.
#pragma once

#include <string>
#include <string_view>

#include "relay/sasl/server.hpp"

namespace kurir::sasl {

class scram_exchange final : public server_exchange {
public:
    // `bound`: -PLUS was chosen, so the client must name a binding.
    scram_exchange(bool bound, channel_bindings channel, std::string nonce);

    server_step respond(std::string_view response) override;
    server_step on_keys(const scram_keys& keys) override;

private:
    enum class state { first, keys, final, told };

    server_step on_first(std::string_view message);
    server_step on_final(std::string_view message);

    bool bound_;
    channel_bindings channel_;
    std::string nonce_;  // of both sides, once the client's is known
    state state_ = state::first;
    std::string name_;
    std::string binding_input_;  // what the client's c= must be
    std::string auth_message_;   // what both sides sign
    scram_keys keys_;
};

}  // namespace kurir::sasl
