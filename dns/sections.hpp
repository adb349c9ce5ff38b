// The records of one message that could matter to its question, read from the wire.
//
// Pure and total: any bytes give sections or nothing. `record` decides what they prove.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/record.hpp"
#include "dns/wire.hpp"

namespace kurir::dns {

enum class rcode : std::uint16_t { no_error = 0, nx_domain = 3, refused = 5 };

struct header {
    rcode code{};
    bool authoritative = false;
    bool recursive = false;  // the server also looks up what it does not have itself
    std::uint16_t questions = 0;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additional = 0;
};

// Nothing if the message is not a complete response to a query.
std::optional<header> read_header(wire_reader& reader);

bool repeats_question(
    wire_reader& reader, std::uint16_t count, std::string_view name, record_type type
);

struct alias {
    std::string owner;
    std::string target;
    std::chrono::seconds ttl{0};
};

struct found_exchange {
    std::string owner;
    mx_host host;
    std::chrono::seconds ttl{0};
};

struct found_address {
    std::string owner;
    boost::asio::ip::address address;
    std::chrono::seconds ttl{0};
};

struct found_text {
    std::string owner;
    std::string text;
    std::chrono::seconds ttl{0};
};

// How long the absence of a name or record in `zone` is valid (RFC 2308 section 5).
struct found_soa {
    std::string zone;
    std::chrono::seconds negative_ttl{0};
};

struct sections {
    // From the answer section:
    std::vector<alias> aliases;
    std::vector<found_exchange> exchanges;
    std::vector<found_address> addresses;
    std::vector<found_text> texts;   // of TXT records; of PTR records the names
    bool has_other_answers = false;  // records that are none of these

    // From the other sections:
    std::vector<found_soa> soas;         // of the authority section
    bool referral = false;               // NS records in the authority section
    std::vector<std::string> misplaced;  // owners of records of the wanted type
    bool misplaced_options = false;   // an OPT that is not the only one of the additional section
    std::uint16_t extended_code = 0;  // the upper eight bits of the response code
    bool has_rest = false;            // bytes behind the last record
};

// Nothing if a record does not decode, or there are too many.
std::optional<sections> read_sections(wire_reader& reader, const header& head, record_type wanted);

}  // namespace kurir::dns
