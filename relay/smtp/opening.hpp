// How a client opens a connection: greeting, EHLO (HELO if the server does not know EHLO), then TLS
// and a second EHLO, then AUTH, if they are wanted (RFC 5321 sections 3.1 and 3.2, RFC 3207, RFC
// 4954). Pure: the driver carries the bytes, as for `transaction`.
//
//   while (!opening.finished()) {
//       const auto step = opening.next();
//       switch (step.todo) {
//           case action::await_greeting: ...read a reply...; opening.on_reply(...); break;
//           case action::send: ...write step.bytes, read a reply...; opening.on_reply(...); break;
//           case action::start_tls: ...the handshake...; opening.on_tls(...); break;
//       }
//   }
//
// Before it sends or starts TLS, the driver looks for waiting bytes: bytes that came unasked
// (`on_unasked`) are never taken for a reply, nor for something that was said under TLS.
//
// With implicit TLS the handshake is the first step, and the greeting comes after it.
//
// It ends in one of four ways, its `outcome`: the session is open; the server refuses, by a reply
// of class 4 or 5, wherever it comes; a reply does not fit (250 instead of a greeting, a second
// greeting, EHLO answered by 220 or 354); or the security that is wanted can't be had. Only an open
// session is used.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "relay/smtp/peer.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::smtp {

// Our credential, used with one SASL mechanism. Texts are base64, as they are sent.
class client_credential {
public:
    virtual ~client_credential() = default;

    // The argument of AUTH for a server that offers these mechanisms, in upper case; empty if none
    // of them can be used.
    virtual std::string begin(const std::vector<std::string>& mechanisms) = 0;

    // The answer to a challenge; nothing if it can't be answered, which cancels.
    virtual std::optional<std::string> answer(std::string_view challenge) = 0;

    // Whether the server has shown all that the mechanism asks of it. If not, its 235 is a fault:
    // an impostor accepts any login.
    virtual bool satisfied() const { return true; }
};

struct opening_terms {
    enum class tls : std::uint8_t {
        never,
        if_offered,  // in clear if the server does not offer it, or refuses STARTTLS
        required,
        implicit,  // from the first byte, before the greeting
    };

    std::string name;  // our name
    tls encryption = tls::never;
    std::shared_ptr<client_credential> credential = nullptr;  // if given, AUTH must succeed
    bool credential_in_clear = false;  // may be sent without TLS; by default it is not
};

// Why a session can't be as secure as its terms ask.
enum class security_failure : std::uint8_t {
    starttls_not_offered,
    starttls_refused,
    handshake_failed,
    credential_in_clear,  // there is no TLS, and the credential must not be shown without
    auth_not_offered,
    no_known_mechanism,   // AUTH is offered, but only with mechanisms that the credential has not
    auth_only_in_clear,   // AUTH was offered before TLS, and is not under TLS
    auth_only_under_tls,  // AUTH is not offered, but STARTTLS is, which is not wanted
};

class opening {
public:
    enum class stage : std::uint8_t { greeting, hello, tls, auth };
    enum class action : std::uint8_t { await_greeting, send, start_tls };
    struct step {
        action todo = action::await_greeting;
        std::string bytes = {};  // with CRLF
    };

    // Open: what the server offers, what it called itself, its last reply to EHLO or HELO.
    struct session {
        peer offers = {};
        std::string greeting_name = {};
        reply hello = {};
        bool secure = false;            // under TLS
        bool starttls_refused = false;  // it was offered, and then refused: this is in clear
    };

    // What the server said at this stage.
    struct refusal {
        stage at;
        reply said;
    };
    struct fault {
        stage at;
        reply said;
    };
    using outcome = std::variant<session, refusal, fault, security_failure>;

    explicit opening(opening_terms terms);

    // What to do next. Must not be called when finished.
    step next() const;

    // Takes the greeting, or the reply to the last command.
    void on_reply(reply said);

    // A reply was found before the next step was taken.
    void on_unasked(reply said);

    // The handshake has ended. After a failure the connection can't be used.
    void on_tls(bool agreed);

    // How far it came.
    stage at() const noexcept { return at_; }

    // How it ended; nothing before.
    const std::optional<outcome>& ended() const noexcept { return outcome_; }
    bool finished() const noexcept { return outcome_.has_value(); }

private:
    enum class state : std::uint8_t {
        greeting,
        ehlo,
        helo,
        starttls,
        handshake,
        auth,
        challenge,  // answered by `line_`
    };

    void on_greeting(reply&& said);
    void on_hello(reply&& said);
    void on_starttls(reply&& said);
    void on_auth(reply&& said);
    void after_hello();
    void authenticate();
    security_failure why_no_auth() const;
    void refuse(reply&& said);

    opening_terms terms_;
    state state_ = state::greeting;
    stage at_ = stage::greeting;
    bool auth_in_clear_ = false;  // AUTH was offered before TLS
    std::string line_;            // of AUTH
    session session_;             // as far as it is known
    std::optional<outcome> outcome_;
};

}  // namespace kurir::smtp
