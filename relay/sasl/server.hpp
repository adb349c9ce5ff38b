// The server's side of a login: one exchange of one mechanism. Pure: texts are decoded already, and
// whatever needs users, passwords or tokens is asked of the caller.
//
//   auto exchange = sasl::begin_exchange("PLAIN", terms);
//   auto step = exchange->begin(initial_response);
//   for (;;) step is one of:
//       challenge        send it, step = exchange->respond(...the answer...)
//       password_asked   the end: the login succeeds if the user's password is this one
//       keys_asked       step = exchange->on_keys(...the user's keys, or keys that fit nobody...)
//       token_asked      step = exchange->on_token(...whether the token is one of this user...)
//       accepted         the end: logged in
//       refused          the end: 535, for whatever reason
//       malformed        the end: 501, this is not what the mechanism looks like
//
// A client that cancels ("*") is the caller's business: the exchange is dropped.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/sasl/channel.hpp"
#include "relay/sasl/scram.hpp"
#include "relay/sasl/secret.hpp"

namespace kurir::sasl {

struct challenge {
    std::string text;
};
struct password_asked {
    std::string name;
    secret password;
};
struct keys_asked {
    std::string name;
};
struct token_asked {
    std::string name;  // may be empty: the token says who it is
    secret token;
};
struct accepted {
    std::string name;
};
struct refused {
    std::string name;  // whom the client claimed to be, if it is known
};
struct malformed {};

using server_step =
    std::variant<challenge, password_asked, keys_asked, token_asked, accepted, refused, malformed>;

class server_exchange {
public:
    virtual ~server_exchange() = default;

    // Without an initial response the client is asked for one.
    virtual server_step begin(std::optional<std::string_view> initial);
    virtual server_step respond(std::string_view response) = 0;

    // Only after the question.
    virtual server_step on_keys(const scram_keys& keys);
    // The name of the user that the token is of; nothing: of none, or of another than was asked.
    virtual server_step on_token(const std::optional<std::string>& name);
};

struct server_terms {
    bool secure = false;              // TLS: the channel can be bound to, passwords may be sent
    channel_bindings channel = {};    // of this connection
    bool passwords_in_clear = false;  // PLAIN, LOGIN and tokens also without TLS

    // What the users' table can answer.
    bool passwords = true;
    bool keys = false;  // SCRAM, for every user
    bool tokens = false;

    std::string nonce = {};  // of the server, printable, drawn anew for each exchange
};

// What may be offered, strongest first.
std::vector<std::string_view> offered_mechanisms(const server_terms& terms);

// Null for a mechanism that is not offered. Any case.
std::unique_ptr<server_exchange> begin_exchange(std::string_view mechanism, server_terms terms);

// A nonce of 18 random bytes.
std::string draw_nonce();

}  // namespace kurir::sasl
