#include "dns/record.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "dns/wire.hpp"

namespace kurir::dns {
namespace {

using std::chrono::seconds;

enum class rcode : std::uint16_t { no_error = 0, nx_domain = 3, refused = 5 };

constexpr std::uint16_t type_ns = 2;
constexpr std::uint16_t type_cname = 5;
constexpr std::uint16_t type_soa = 6;
constexpr std::uint16_t class_in = 1;

// Bits of the header's flags.
constexpr std::uint16_t is_response = 0x8000;
constexpr std::uint16_t opcode = 0x7800;
constexpr std::uint16_t is_truncated = 0x0200;

struct header {
    rcode code{};
    std::uint16_t questions = 0;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
};

// What stands before the data of a record.
struct record_head {
    std::string owner;
    std::uint16_t type = 0;
    std::uint16_t record_class = 0;
    seconds ttl{0};
    std::size_t length = 0;
};

struct alias {
    std::string owner;
    std::string target;
    seconds ttl{0};
};

struct found_exchange {
    std::string owner;
    mx_host host;
    seconds ttl{0};
};

struct found_address {
    std::string owner;
    boost::asio::ip::address address;
    seconds ttl{0};
};

// The records of a message that could matter.
struct sections {
    std::vector<alias> aliases;
    std::vector<found_exchange> exchanges;
    std::vector<found_address> addresses;
    std::optional<seconds> negative_ttl;
    bool referral = false;
};

std::optional<header> read_header(wire_reader& reader) {
    if (!reader.skip(2)) return {};
    const auto flags = reader.read_u16();
    const auto questions = reader.read_u16();
    const auto answers = reader.read_u16();
    const auto authorities = reader.read_u16();
    if (!flags || !questions || !answers || !authorities || !reader.skip(2)) return {};
    if ((*flags & (is_response | opcode | is_truncated)) != is_response) return {};
    return header{static_cast<rcode>(*flags & 0xf), *questions, *answers, *authorities};
}

bool repeats_question(
    wire_reader& reader, std::uint16_t count, std::string_view name, record_type type
) {
    return count == 1 && reader.read_name() == name &&
           reader.read_u16() == static_cast<std::uint16_t>(type) && reader.read_u16() == class_in;
}

std::optional<record_head> read_head(wire_reader& reader) {
    auto owner = reader.read_name();
    if (!owner) return {};
    const auto type = reader.read_u16();
    const auto record_class = reader.read_u16();
    const auto ttl = reader.read_u32();
    const auto length = reader.read_u16();
    if (!type || !record_class || !ttl || !length || reader.left() < *length) return {};
    // RFC 2181 section 8: with the high bit set it is zero.
    const seconds lifetime{*ttl > 0x7fffffff ? 0 : *ttl};
    return record_head{
        std::move(*owner), *type, *record_class, std::min(lifetime, max_ttl), *length
    };
}

template <class Address>
boost::asio::ip::address address_of(std::span<const std::uint8_t> data) {
    typename Address::bytes_type bytes{};
    std::ranges::copy(data, bytes.begin());
    return Address(bytes);
}

bool read_address(wire_reader& reader, record_head& head, sections& into) {
    const auto data = reader.bytes(reader.position(), head.length);
    const bool v4 = head.type == static_cast<std::uint16_t>(record_type::a);
    if (data.size() != (v4 ? 4u : 16u)) return false;
    into.addresses.push_back(
        {std::move(head.owner),
         v4 ? address_of<boost::asio::ip::address_v4>(data)
            : address_of<boost::asio::ip::address_v6>(data),
         head.ttl}
    );
    return true;
}

bool read_exchange(wire_reader& reader, record_head& head, sections& into) {
    const auto preference = reader.read_u16();
    auto host = reader.read_name();
    if (!preference || !host) return false;
    into.exchanges.push_back({std::move(head.owner), {std::move(*host), *preference}, head.ttl});
    return true;
}

bool read_alias(wire_reader& reader, record_head& head, sections& into) {
    auto target = reader.read_name();
    if (!target) return false;
    into.aliases.push_back({std::move(head.owner), std::move(*target), head.ttl});
    return true;
}

// RFC 2308 section 5: how long something is missing.
bool read_soa(wire_reader& reader, const record_head& head, sections& into) {
    if (!reader.read_name() || !reader.read_name() || !reader.skip(16)) return false;
    const auto minimum = reader.read_u32();
    if (!minimum) return false;
    into.negative_ttl = std::min({head.ttl, seconds{*minimum}, max_negative_ttl});
    return true;
}

// One record of the answer section; false if it does not decode.
bool read_answer_record(wire_reader& reader, record_type wanted, sections& into) {
    auto head = read_head(reader);
    if (!head) return false;
    const auto end = reader.position() + head->length;
    const auto type = head->type;
    if (head->record_class == class_in && type == type_cname) {
        if (!read_alias(reader, *head, into)) return false;
    } else if (head->record_class == class_in && type == static_cast<std::uint16_t>(wanted)) {
        const bool read = wanted == record_type::mx ? read_exchange(reader, *head, into)
                                                    : read_address(reader, *head, into);
        if (!read) return false;
        if (wanted != record_type::mx) return reader.skip(head->length);
    } else {
        return reader.skip(head->length);
    }
    return reader.position() == end;
}

bool read_authority_record(wire_reader& reader, sections& into) {
    const auto head = read_head(reader);
    if (!head) return false;
    const auto end = reader.position() + head->length;
    if (head->record_class == class_in && head->type == type_soa)
        return read_soa(reader, *head, into) && reader.position() == end;
    if (head->record_class == class_in && head->type == type_ns) into.referral = true;
    return reader.skip(head->length);
}

std::optional<sections> read_sections(wire_reader& reader, const header& head, record_type type) {
    sections found;
    if (std::size_t{head.answers} + head.authorities > max_records) return {};
    for (std::uint16_t at = 0; at < head.answers; ++at)
        if (!read_answer_record(reader, type, found)) return {};
    for (std::uint16_t at = 0; at < head.authorities; ++at)
        if (!read_authority_record(reader, found)) return {};
    return found;
}

// Follows the aliases from `name`; shortens `ttl` to theirs. Nothing if they are too many or
// circular.
std::optional<std::string> last_name(const sections& found, std::string_view name, seconds& ttl) {
    std::string at(name);
    for (std::size_t depth = 0; depth <= max_aliases; ++depth) {
        const auto next = std::ranges::find(found.aliases, at, &alias::owner);
        if (next == found.aliases.end()) return at;
        ttl = std::min(ttl, next->ttl);
        at = next->target;
    }
    return {};
}

// Takes over what belongs to `owner`; false if none of its exchanges is a name.
bool collect(const sections& found, std::string_view owner, answer& into) {
    bool unusable = false;
    for (const auto& each : found.exchanges) {
        if (each.owner != owner) continue;
        into.ttl = std::min(into.ttl, each.ttl);
        if (each.host.name.empty() || is_name(each.host.name)) {
            into.exchanges.push_back(each.host);
        } else {
            unusable = true;
        }
    }
    std::ranges::sort(into.exchanges, {}, &mx_host::preference);
    if (into.exchanges.size() > max_exchanges) into.exchanges.resize(max_exchanges);
    for (const auto& each : found.addresses) {
        if (each.owner != owner || into.addresses.size() == max_addresses) continue;
        into.ttl = std::min(into.ttl, each.ttl);
        into.addresses.push_back(each.address);
    }
    return !unusable || !into.exchanges.empty();
}

}  // namespace

result<answer> read_answer(
    std::span<const std::uint8_t> message, std::string_view name, record_type type
) {
    wire_reader reader(message);
    const auto head = read_header(reader);
    if (!head) return errc::malformed;
    if (head->code == rcode::refused) return errc::refused;
    if (head->code != rcode::no_error && head->code != rcode::nx_domain) return errc::servfail;

    if (!repeats_question(reader, head->questions, name, type)) return errc::malformed;
    const auto found = read_sections(reader, *head, type);
    if (!found) return errc::malformed;

    answer all;
    all.ttl = max_ttl;
    const auto owner = last_name(*found, name, all.ttl);
    if (!owner || !collect(*found, *owner, all)) return errc::malformed;
    if (!all.exchanges.empty() || !all.addresses.empty()) return all;

    const bool exists = head->code == rcode::no_error;
    if (exists && !found->negative_ttl) {
        // It may know the alias and not what it stands for, or only who would know: no proof.
        if (*owner != name) {
            if (!is_name(*owner)) return errc::malformed;
            all.alias = *owner;
            return all;
        }
        if (found->referral) return errc::servfail;
    }
    all.error = exists ? errc::no_data : errc::not_found;
    all.ttl = std::min(all.ttl, found->negative_ttl.value_or(default_negative_ttl));
    return all;
}

bool is_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > 253) return false;
    std::size_t length = 0;  // of the label
    for (const char letter : text) {
        if (letter == '.') {
            if (length == 0) return false;
            length = 0;
            continue;
        }
        const bool allowed = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                             (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
        if (!allowed || ++length > 63) return false;
    }
    return length != 0;
}

std::string canonical(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    std::string text(name);
    for (char& letter : text)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return text;
}

}  // namespace kurir::dns
