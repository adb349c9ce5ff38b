// One entry of the suppression list: an address or a domain that must not get mail. Pure.
//
// Two addresses are one to the list if their domains are the same name (RFC 5321 section 2.4: in
// any case; U-labels are A-labels) and their local-parts differ in the case of ASCII letters or in
// needless quotes only. RFC 5321 lets the host of the domain tell `Ann` from `ann`, but hardly one
// does, senders write both, and mail to somebody who must not get any is worse than one refusal too
// many. Nothing else is taken for the same: dots and +tags mean something else at each provider.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/smtp/address.hpp"

namespace kurir::suppression {

using seconds_time = std::chrono::sys_seconds;

// How an entry came into the list. The values are stored: never renumber.
enum class origin : std::uint8_t { hand = 0, imported = 1 };
constexpr std::string_view text_of(origin origin) noexcept {
    return origin == origin::hand ? "hand" : "import";
}

// Longest texts in bytes. Whoever makes an entry cuts a reason; the others are mistakes.
namespace longest {
inline constexpr std::size_t subject = 1024;
inline constexpr std::size_t tenant = 255;
inline constexpr std::size_t name = 255;
inline constexpr std::size_t reason = 512;
}  // namespace longest

struct entry {
    std::string subject = {};   // "ann@example.com", or "@example.com" for all of the domain
    std::string tenant = {};    // whose mail it stops, in lower case; empty: everybody's
    std::string reason = {};    // for people: "hard bounce"; may be empty
    std::string added_by = {};  // who; may be empty
    kurir::suppression::origin origin = origin::hand;
    seconds_time added_at{};
    std::optional<seconds_time> expires_at = {};  // none: never

    bool is_domain() const noexcept { return subject.starts_with('@'); }
    bool counts_at(seconds_time now) const noexcept { return !expires_at || now < *expires_at; }
    bool operator==(const entry&) const = default;
};

// What an entry is found by: the subject of an address, or of everything in a domain.
std::string subject_of(const smtp::mailbox& address);

// The subject that people write: "ann@example.com", "*@example.com", "@example.com" or
// "example.com". None if it is nothing of these.
std::optional<std::string> read_subject(std::string_view text);

// The tenant as it is compared: a user's name, or the domain of a sender. None if it is too long or
// has characters that no name has.
std::optional<std::string> read_tenant(std::string_view text);

// UTF-8 without control characters, so that it can stand in a line of any log, list and file.
bool is_plain_text(std::string_view text) noexcept;

// `text` as a plain one, of `most` bytes at most: control characters are blanks, what is no UTF-8
// is "?", and a character is kept whole or not at all.
std::string plain_text(std::string_view text, std::size_t most);

// The mistake in an entry, as the end of a sentence about it; none: it can be stored.
std::optional<std::string> mistake_in(const entry& entry);

}  // namespace kurir::suppression
