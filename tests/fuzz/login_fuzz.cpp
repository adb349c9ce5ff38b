// The dialogue with logins: any bytes that a client may send to a server that offers every
// mechanism. What is checked beside memory: nobody is let in, or sends, without the password, every
// reply is well-formed, and the line of a response never becomes a command.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/inbound/login_attempt.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace {

using namespace kurir;
using namespace kurir::smtp;
using event = server_dialogue::event;

sasl::server_terms terms_of(bool secure) {
    return {
        .secure = secure,
        .channel = {.tls_exporter = secure ? "exported" : ""},
        .keys = true,
        .nonce = "server",
    };
}

// The driver of a dialogue.
class served final : public server_observer {
public:
    served(login_policy policy, security protection)
        : dialogue_(settings_, *this, {}), secure_(protection == security::active) {
        dialogue_.begin_as(protection);
        dialogue_.offer_login(policy);
        dialogue_.greet();
    }

    void replied(const exchange& said) override { assert(said.code >= 211 && said.code <= 555); }

    std::vector<std::string_view> mechanisms(bool secure) override {
        return sasl::offered_mechanisms(terms_of(secure));
    }

    // In pieces, as a client sends them that waits for replies; or all at once.
    void hear(std::string_view input, bool at_once) {
        while (!input.empty() && !closed_) {
            const auto end = at_once ? input.npos : input.find('\n');
            const auto piece = input.substr(0, end == input.npos ? end : end + 1);
            hear(piece);
            input.remove_prefix(piece.size());
        }
    }

private:
    void hear(std::string_view arrived) {
        unread_ += arrived;
        std::string_view input = unread_;
        for (bool more = true; more;) {
            const bool asked = attempt_.has_value();
            const auto step = dialogue_.next(input, surroundings());
            assert(step.consumed <= input.size());
            if (asked && step.consumed > 0) {
                assert(
                    step.kind == event::login_response || step.kind == event::cancel_login ||
                    step.kind == event::need_input || step.kind == event::proceed
                );
            }
            more = act(step);
            closed_ = step.kind == event::close;
            input.remove_prefix(step.consumed);
            assert(dialogue_.trusted() == let_in_);
        }
        unread_ = std::string(input);
        assert(closed_ || unread_.size() < dialogue_.line_max());
        check_output();
    }

    // False at the end of the input, or of the session.
    bool act(const server_dialogue::step& step) {
        switch (step.kind) {
            case event::start_tls:
                secure_ = true;
                let_in_ = false;
                dialogue_.secured();
                dialogue_.change_rights({});
                break;
            case event::write:
                check_output();
                break;
            case event::listen:
                dialogue_.kept_silent();
                break;
            case event::begin_login:
                attempt_.emplace(dialogue_.mechanism(), terms_of(secure_));
                go_on(attempt_->begin(step.bytes));
                break;
            case event::login_response:
                assert(attempt_);
                go_on(attempt_->respond(step.bytes));
                break;
            case event::cancel_login:
                assert(attempt_);
                attempt_.reset();
                break;
            case event::begin_message:
                assert(let_in_);
                break;
            case event::end_message:
                dialogue_.stored("0123456789ABC");
                break;
            default:
                break;
        }
        return step.kind != event::need_input && step.kind != event::close;
    }

    // "ann" has the password "pencil", and keys of nobody.
    void go_on(sasl::server_step step) {
        if (std::holds_alternative<sasl::keys_asked>(step)) {
            step = attempt_->on_keys({"salt", 4096, std::string(32, 's'), std::string(32, 'k')});
        }
        if (const auto* next = std::get_if<sasl::challenge>(&step)) {
            return dialogue_.challenge(sasl::encode_base64(next->text));
        }
        assert(!std::holds_alternative<sasl::accepted>(step));
        const auto* asked = std::get_if<sasl::password_asked>(&step);
        let_in_ = asked != nullptr && asked->name == "ann" && asked->password.text() == "pencil";
        if (let_in_) {
            dialogue_.logged_in({.may_relay = true});
        } else if (std::holds_alternative<sasl::malformed>(step)) {
            dialogue_.refuse_login(login_refusal::malformed);
        } else {
            dialogue_.refuse_login(login_refusal::wrong);
        }
        attempt_.reset();
    }

    void check_output() {
        constexpr std::size_t challenge_max = 12'288;
        std::string output;
        dialogue_.take_output(output);
        for (std::size_t at = 0; at < output.size();) {
            const std::size_t end = output.find("\r\n", at);
            const bool is_challenge = output.compare(at, 4, "334 ") == 0;
            assert(
                end != std::string::npos && end - at + 2 <= (is_challenge ? challenge_max : 512)
            );
            for (std::size_t i = at; i < end; ++i)
                assert(output[i] >= 0x20 && output[i] <= 0x7e);
            at = end + 2;
        }
    }

    static server_settings usual() {
        server_settings settings;
        settings.hostname = "relay.test";
        settings.message_size_max = 4096;
        return settings;
    }

    const server_settings settings_ = usual();
    server_dialogue dialogue_;
    bool secure_;
    std::string unread_;
    bool let_in_ = false;
    bool closed_ = false;
    std::optional<inbound::login_attempt> attempt_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    for (const auto policy : {login_policy::offer, login_policy::require}) {
        for (const auto protection : {security::offered, security::active}) {
            served(policy, protection).hear(input, true);
            served(policy, protection).hear(input, false);
        }
    }
    return 0;
}
