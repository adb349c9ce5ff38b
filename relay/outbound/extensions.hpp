// Extensions of SMTP that a server may offer and that may not work there.
//
// Middleboxes and configurations break them: a firewall that drops BDAT behind a server that offers
// CHUNKING, a proxy that loses commands of a group. Such a server is asked once more without them.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "relay/config/remote_ignores.hpp"
#include "relay/smtp/peer.hpp"
#include "relay/smtp/transaction.hpp"

namespace kurir::outbound {

enum class extension : std::uint8_t { pipelining, chunking, size, eight_bit, smtputf8, dsn };

class extension_set {
public:
    extension_set() = default;
    extension_set(std::initializer_list<extension> extensions) {
        for (const auto each : extensions)
            add(each);
    }

    bool has(extension extension) const { return bits_.test(static_cast<std::size_t>(extension)); }
    bool empty() const { return bits_.none(); }
    void add(extension extension) { bits_.set(static_cast<std::size_t>(extension)); }
    extension_set& operator|=(const extension_set& more) {
        bits_ |= more.bits_;
        return *this;
    }
    // Those that are in `this` and not in `other`.
    extension_set without(const extension_set& other) const {
        extension_set rest;
        rest.bits_ = bits_ & ~other.bits_;
        return rest;
    }
    bool operator==(const extension_set&) const = default;

private:
    std::bitset<6> bits_;
};

// Those that the operator has us ignore with `name`, a host or a domain (KURIR_REMOTE_IGNORE).
extension_set ignored_with(const config::remote_ignores& rules, std::string_view name);

// What remains of `offers`. The size limit that SIZE told stays known.
smtp::peer reduced(smtp::peer offers, const extension_set& left_out);

// Extensions that a transaction used and that the server, which offers them, seems not to know:
//
// - CHUNKING: BDAT is answered as an unknown or misplaced command, though recipients were taken.
// - PIPELINING: a reply complains of it, or a command of the group is answered as misplaced, though
//   the one before it was taken.
// - SIZE and 8BITMIME: MAIL with their parameters is answered as a mistake of syntax.
// - DSN: the same for RCPT.
extension_set failing_extensions(
    const smtp::mail_request& mail,
    const smtp::peer& used,
    const std::vector<smtp::recipient_result>& results,
    std::size_t accepted
);

}  // namespace kurir::outbound
