// How a client opens a connection: greeting, EHLO, and HELO where EHLO is unknown (RFC 5321
// sections 3.1 and 3.2). Pure: the driver carries the bytes, as for `transaction`.
//
//   while (!opening.finished()) {
//       const auto line = opening.next();         // to be sent; empty: the greeting is awaited
//       opening.on_reply(...) or opening.on_unasked(...);
//   }
//
// A server that refuses says so by a reply of class 4 or 5, wherever it comes: `refusal`. Anything
// else that does not fit is a `fault`, and the connection is not used: 250 instead of a greeting, a
// second greeting, EHLO answered by 220 or 354.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "relay/smtp/peer.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::smtp {

class opening {
public:
    enum class stage : std::uint8_t { greeting, hello };

    // `name`: what we call ourselves.
    explicit opening(std::string name) : name_(std::move(name)) {}

    // The next command with CRLF; empty while the greeting is awaited.
    std::string next() const;

    // The reply to what `next` said.
    void on_reply(reply said);

    // A reply was found before the next command was sent.
    void on_unasked(reply said);

    bool finished() const noexcept { return state_ == state::open || state_ == state::ended; }
    stage at() const noexcept { return at_; }

    // Open: what the server offers, what it called itself, and its reply to EHLO or HELO.
    bool succeeded() const noexcept { return state_ == state::open; }
    const peer& offers() const noexcept { return offers_; }
    const std::string& greeting_name() const noexcept { return greeting_name_; }
    const reply& hello() const noexcept { return hello_; }

    // Not open: one of these, said `at()`.
    const std::optional<reply>& refusal() const noexcept { return refusal_; }
    const std::optional<reply>& fault() const noexcept { return fault_; }

private:
    enum class state : std::uint8_t { greeting, ehlo, helo, open, ended };

    void on_greeting(reply&& said);
    void on_hello(reply&& said);
    void refuse(reply&& said);

    std::string name_;
    state state_ = state::greeting;
    stage at_ = stage::greeting;
    peer offers_;
    std::string greeting_name_;
    reply hello_;
    std::optional<reply> refusal_;
    std::optional<reply> fault_;
};

}  // namespace kurir::smtp
