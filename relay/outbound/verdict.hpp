// The failure policy: what any outcome of an attempt means for a recipient.
//
// Protocol code reports what happened; only this module decides **delivered**, **deferred** or
// **failed** (decision 14). The rule: deferred unless failure is proven. Proof is a 5yz reply
// where RFC 5321 section 4.2.1 gives it that meaning, a name that does not exist, a domain that
// accepts no mail (null MX), a message that no host of the destination can accept, or the end of
// the lifetime in the queue. A failure that may be local or temporary defers.
//
// Pure. Remote text is made printable and cut before it leaves this module.
#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/outbound/attempt_outcome.hpp"
#include "relay/outbound/bounce_class.hpp"
#include "relay/outbound/shortage.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::smtp {
enum class security_failure : std::uint8_t;
}

namespace kurir::outbound {

struct verdict {
    kurir::outbound::outcome outcome = outcome::deferred;
    kurir::outbound::stage stage = stage::connect;
    kurir::outbound::cause cause = cause::local;
    smtp::enhanced_status status;  // always set, of the class of the outcome: 2, 4 or 5
    std::string diagnostic;        // printable ASCII, one line, at most 512 bytes
    std::string remote = {};       // the host that was asked; filled by whoever knows
    bool said_by_remote = false;   // `diagnostic` is a reply of that host, not our own words
    bounce_class reason = bounce_class::other;
    int code = 0;  // of the reply that decided it; 0: none did

    bool try_next_host =
        false;                // another host of the destination may do better within this attempt
    bool greylisted = false;  // asked to come back soon (decision 25)
    std::optional<std::chrono::milliseconds> retry_hint = {};  // when, if it said so
    bool ambiguous = false;  // the server may have accepted the message: it may arrive twice (C019)
    // We could not make the attempt: it does not count, and is made soon (R2).
    std::optional<kurir::outbound::shortage> shortage = {};
};

// A reply of the server. `said` must not be 3yz.
verdict judge(stage stage, const smtp::reply& said, full_mailbox when_full = full_mailbox::fails);

// What came is no SMTP, or no reply to what was asked: `text` tells, with the offending line.
// `end_sent`: the end of data was sent.
verdict judge_protocol(stage stage, std::string text, bool end_sent = false);

// For a failed network operation, or a reply that is not SMTP (`smtp_error::protocol`). `end_sent`:
// the end of data was sent and its reply is missing.
verdict judge(stage stage, boost::system::error_code error, bool end_sent = false);

// For a failed look-up of `name`.
verdict judge_name(std::string_view name, boost::system::error_code error);

// The smarthost's name did not resolve: never a bounce, whatever DNS answers.
verdict judge_relayhost_name(std::string_view name, boost::system::error_code error);

// The route is not what it was when it was asked for: it is asked for again later.
verdict route_has_changed();

// The route leads back to ourselves, or to an address prohibited for mail routed by DNS.
verdict mail_loop(std::string_view domain);
verdict relayhost_is_ourselves(std::string_view relayhost);
verdict address_of_this_machine(std::string_view host, std::string_view address);

// Only our own setting forbids the address: that proves nothing (decision 35).
verdict prohibited_address(std::string_view host, std::string_view address);

// The local address from which mail has to be sent is not on this machine just now.
verdict source_is_missing(std::string_view address);

// All addresses of the hosts of `name` are of a family of which there is no source address.
verdict source_cannot_reach(std::string_view name);

// A rule of KURIR_ROUTES ends the mail. `reply`: as the rule has it, a 5yz.
verdict rejected_by_rule(std::string_view reply);
verdict discarded_by_rule();

// An operator returns it. `text`: what the sender reads.
verdict returned_by_operator(std::string_view text);

// The recipient is on the suppression list.
verdict suppressed_recipient();

// The message needs something that the host does not offer (decision 23).
enum class missing : std::uint8_t { smtputf8, size };
verdict not_offered(missing extension);

// The host takes no 8-bit content, and the message can't be converted: `problem` says why, as the
// end of a sentence about it.
verdict not_convertible(std::string_view problem);

// A message that was to be converted could not be read.
verdict not_read(boost::system::error_code error);

// It was converted, and the key that signs it failed.
verdict not_signed();

// The session can't be as secure as it has to be. It may be another time, or with another host.
verdict insecure(smtp::security_failure failure, std::string_view detail = {});

// The recipient's lifetime ended; `last` was its last deferral.
verdict expired(const verdict& last);

// Error codes that `relay/outbound` itself reports.
enum class smtp_error : std::uint8_t { protocol = 1 };
boost::system::error_code make_error_code(smtp_error error) noexcept;

}  // namespace kurir::outbound

template <>
struct boost::system::is_error_code_enum<kurir::outbound::smtp_error> : std::true_type {};
