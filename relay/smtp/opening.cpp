#include "relay/smtp/opening.hpp"

#include <cassert>
#include <utility>

namespace kurir::smtp {

namespace {

constexpr int ready = 220;

// Replies to HELP, the greeting and QUIT.
bool is_of_another_command(int code) {
    return code == 211 || code == 214 || code == ready || code == 221;
}

// A server from before 1995, or a firewall that makes it look like one.
bool knows_no_ehlo(int code) {
    return code >= 500 && code <= 504;
}

}  // namespace

std::string opening::next() const {
    assert(!finished());
    if (state_ == state::greeting) return {};
    return (state_ == state::ehlo ? "EHLO " : "HELO ") + name_ + "\r\n";
}

void opening::on_reply(reply said) {
    assert(!finished());
    if (state_ == state::greeting) {
        on_greeting(std::move(said));
    } else {
        at_ = stage::hello;
        on_hello(std::move(said));
    }
}

void opening::on_greeting(reply&& said) {
    if (said.code != ready) {
        refuse(std::move(said));
        return;
    }
    const auto& first = said.lines.front();
    greeting_name_ = first.substr(0, first.find(' '));
    state_ = state::ehlo;
}

void opening::on_hello(reply&& said) {
    if (said.severity() == 2 && !is_of_another_command(said.code)) {
        if (state_ == state::ehlo) offers_ = read_peer(said);
        hello_ = std::move(said);
        state_ = state::open;
    } else if (state_ == state::ehlo && knows_no_ehlo(said.code)) {
        state_ = state::helo;
    } else {
        refuse(std::move(said));
    }
}

void opening::on_unasked(reply said) {
    refuse(std::move(said));
}

void opening::refuse(reply&& said) {
    auto& why = said.severity() >= 4 ? refusal_ : fault_;
    why = std::move(said);
    state_ = state::ended;
}

}  // namespace kurir::smtp
