// The keys of all domains, and which of them sign a message. Immutable; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "relay/dkim/key_place.hpp"
#include "relay/dkim/signature_field.hpp"
#include "relay/dkim/signing_key.hpp"

namespace kurir::dkim {

struct domain_key {
    key_place place;  // with its selector
    signing_key key;
    std::string file;
};

class key_ring {
public:
    key_ring() = default;
    // Of keys that begin together, the one with this selector counts.
    key_ring(std::vector<domain_key> keys, std::string_view preferred_selector);

    // The keys that sign for exactly this domain: of each algorithm the one that began last, RSA
    // first. None: no key of it has begun.
    std::vector<domain_key> current(std::string_view domain, utc_seconds utc) const;

    bool empty() const noexcept { return by_domain_.empty(); }

    // All keys of exactly this domain, whether they have begun or not.
    std::vector<domain_key> keys_of(std::string_view domain) const;

    // The keys of this algorithm, whether they have begun or not.
    std::size_t count(algorithm kind) const noexcept;

private:
    // In the order in which they are preferred.
    std::map<std::string, std::vector<domain_key>, std::less<>> by_domain_;
};

// What of a message decides about its key; domains in lower case, with A-labels.
struct message_domains {
    std::vector<std::string> authors;  // of all addresses in From, or of those that are known
    std::string reverse_path;          // empty: the null reverse-path
};

enum class choice_reason : std::uint8_t {
    none,           // no key
    author,         // of the domain in From
    author_parent,  // of a domain above it
    reverse_path,   // of its domain, or of one above
    fallback,       // of the domain that signs for all others
};

struct key_choice {
    choice_reason reason = choice_reason::none;
    std::vector<domain_key> keys = {};  // one of each algorithm at most, RSA first
    std::string identity = {};          // for `signing_terms`
};

// With several domains in From a key counts for them if it stands for all: if it is of a domain
// that each of them is, or is below.
key_choice choose_keys(
    const key_ring& ring,
    const message_domains& message,
    std::string_view default_domain,
    utc_seconds utc
);

}  // namespace kurir::dkim
