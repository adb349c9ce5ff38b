// The record that publishes a key in the DNS (RFC 6376 section 3.6): written for people to copy,
// read to see whether it is ours. Pure, but for OpenSSL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/dkim/algorithm.hpp"
#include "relay/dkim/signing_key.hpp"

namespace kurir::dkim {

// "selector._domainkey.domain".
std::string record_name(std::string_view selector, std::string_view domain);

// The value, as the forms of web sites want it: one text, without quotes.
std::string record_text(const signing_key& key);

// A line of a zone file, in strings of 255 bytes at most, which is what the DNS has.
std::string zone_line(std::string_view selector, std::string_view domain, const signing_key& key);

struct published_key {
    algorithm kind = algorithm::rsa;
    std::string key = {};      // bytes; empty: it is revoked
    bool testing = false;      // t=y: receivers are to treat the mail as if it were not signed
    bool only_domain = false;  // t=s: no signature for a domain below this one
    bool for_mail = true;      // s=
    bool for_sha256 = true;    // h=
    bool operator==(const published_key&) const = default;
};

// `record`: the strings of the TXT record, one after the other. The error is the end of a sentence
// about it.
base::result<published_key, std::string> parse_record(std::string_view record);

enum class key_match : std::uint8_t {
    same,
    other_key,
    other_kind,  // k= is of another algorithm
    revoked,
    unusable,  // the same key, but not for mail or not for SHA-256
    syntax,
};

key_match compare(std::string_view record, const signing_key& key);

// The end of a sentence about the record.
std::string_view text_of(key_match match) noexcept;

}  // namespace kurir::dkim
