// Who may send what: KURIR_PERMISSIONS.
//
//   user:billing from=@billing.example,noreply@example.com rate=100/min,20000/d priority=urgent
//   cert:printer.corp.example to=@corp.example max_size=2M
//   10.0.0.0/8 distinct=500/d route=ses
//   * relay=no
//
// A table (table.hpp); several lines in one are separated by `;`. A line begins with its subject: a
// user, the name of a client certificate, networks (as in KURIR_TRUSTED_NETWORKS), or * for
// everyone. The first line decides whose subject the client is, and no other; what it does not
// mention is as for everyone. Who is the subject of no line is not restricted. Capitals don't
// matter, but in names. Pure.
//
// A permission restricts and never grants: who may relay is decided before.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/listener_profile.hpp"
#include "relay/config/network.hpp"
#include "relay/config/rate.hpp"

namespace kurir::config {

// The client that permissions are asked about.
struct permission_query {
    std::string_view credential;                           // empty: none
    std::optional<boost::asio::ip::address> address = {};  // none: not known
};

struct permission {
    std::size_t line = 0;
    std::string subject;   // as it is written, networks in one form
    network_set networks;  // if they are the subject

    std::vector<std::string> senders;     // patterns (mail_patterns.hpp); empty: any
    std::vector<std::string> recipients;  // the same
    std::vector<rate> rates;              // of messages
    std::optional<rate> distinct;         // different recipients in a period
    std::optional<mail_priority> priority;
    std::string route;  // "mx", "default", "discard" or a relayhost's name; empty: by KURIR_ROUTES
    std::uint64_t max_size = 0;  // of a message; 0: as for everyone
    bool relay = true;
    std::optional<std::uint64_t> runaway;  // in place of KURIR_RUNAWAY; 0: off

    bool allows_sender(std::string_view address) const;
    bool allows_recipient(std::string_view address) const;
    std::string text() const;
};

class permissions {
public:
    // The most that `distinct` may allow: each recipient is remembered.
    static constexpr std::uint64_t distinct_max = 100'000;

    // Reads lines into `value`, or returns what is wrong with them, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, permissions& value);

    // The line that decides for a client; null if none does.
    const permission* find(const permission_query& query) const;

    const std::vector<permission>& all() const noexcept { return lines_; }
    bool empty() const noexcept { return lines_.empty(); }

    // The lines as they are written, on one line.
    std::string text() const;

private:
    std::optional<std::string> add(permission line);

    std::vector<permission> lines_;
    std::map<std::string, std::size_t, std::less<>> by_subject_;
    std::vector<std::size_t> of_networks_;
};

// Domains for everyone (KURIR_ALLOWED_SENDER_DOMAINS, KURIR_ALLOWED_RECIPIENT_DOMAINS): true if one
// of the patterns matches the domain of `address`, or there are none.
bool is_in_domains(const std::vector<std::string>& patterns, std::string_view address);

// Reads "10x" or "off" into `value`, or returns what is wrong with it. 0 is off.
std::optional<std::string> read_runaway(std::string_view text, std::uint64_t& value);
std::string runaway_text(std::uint64_t value);

}  // namespace kurir::config
