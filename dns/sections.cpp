#include "dns/sections.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace kurir::dns {
namespace {

using std::chrono::seconds;

constexpr std::uint16_t type_ns = 2;
constexpr std::uint16_t type_cname = 5;
constexpr std::uint16_t type_soa = 6;
constexpr std::uint16_t type_dname = 39;
constexpr std::uint16_t type_opt = 41;
constexpr std::uint16_t type_rrsig = 46;
constexpr std::uint16_t class_in = 1;

// Bits of the header's flags.
constexpr std::uint16_t is_response = 0x8000;
constexpr std::uint16_t opcode = 0x7800;
constexpr std::uint16_t is_authoritative = 0x0400;
constexpr std::uint16_t is_truncated = 0x0200;
constexpr std::uint16_t is_recursive = 0x0080;

// The fields before the data of a record.
struct record_head {
    std::string owner;
    std::uint16_t type = 0;
    std::uint16_t record_class = 0;
    std::uint32_t raw_ttl = 0;
    seconds ttl{0};
    std::size_t length = 0;
};

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
        std::move(*owner), *type, *record_class, *ttl, std::min(lifetime, max_ttl), *length
    };
}

bool is_wanted(const record_head& head, record_type wanted) {
    return head.record_class == class_in && head.type == static_cast<std::uint16_t>(wanted);
}

template <class Address>
boost::asio::ip::address address_of(std::span<const std::uint8_t> data) {
    typename Address::bytes_type bytes{};
    std::ranges::copy(data, bytes.begin());
    return Address(bytes);
}

bool read_address(wire_reader& reader, record_head& head, sections& collected) {
    const auto data = reader.bytes(reader.position(), head.length);
    const bool v4 = head.type == static_cast<std::uint16_t>(record_type::a);
    if (data.size() != (v4 ? 4u : 16u)) return false;
    collected.addresses.push_back(
        {std::move(head.owner),
         v4 ? address_of<boost::asio::ip::address_v4>(data)
            : address_of<boost::asio::ip::address_v6>(data),
         head.ttl}
    );
    return reader.skip(head.length);
}

bool read_exchange(wire_reader& reader, record_head& head, sections& collected) {
    const auto preference = reader.read_u16();
    auto host = reader.read_name();
    if (!preference || !host) return false;
    collected.exchanges.push_back({std::move(head.owner), {std::move(*host), *preference}, head.ttl}
    );
    return true;
}

// Character strings of at most 255 bytes, each behind its length (RFC 1035 section 3.3.14).
bool read_text(wire_reader& reader, record_head& head, sections& collected) {
    auto data = reader.bytes(reader.position(), head.length);
    std::string text;
    while (!data.empty()) {
        const std::size_t size = data.front();
        data = data.subspan(1);
        if (size > data.size()) return false;
        text.append(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
        data = data.subspan(size);
    }
    collected.texts.push_back({std::move(head.owner), std::move(text), head.ttl});
    return reader.skip(head.length);
}

bool read_pointer(wire_reader& reader, record_head& head, sections& collected) {
    auto name = reader.read_name();
    if (!name) return false;
    if (is_name(*name))
        collected.texts.push_back({std::move(head.owner), std::move(*name), head.ttl});
    return true;
}

bool read_wanted(wire_reader& reader, record_type wanted, record_head& head, sections& collected) {
    switch (wanted) {
        case record_type::mx:
            return read_exchange(reader, head, collected);
        case record_type::txt:
            return read_text(reader, head, collected);
        case record_type::ptr:
            return read_pointer(reader, head, collected);
        case record_type::a:
        case record_type::aaaa:
            break;
    }
    return read_address(reader, head, collected);
}

bool read_alias(wire_reader& reader, record_head& head, sections& collected) {
    auto target = reader.read_name();
    if (!target) return false;
    collected.aliases.push_back({std::move(head.owner), std::move(*target), head.ttl});
    return true;
}

bool read_soa(wire_reader& reader, record_head& head, sections& collected) {
    if (!reader.read_name() || !reader.read_name() || !reader.skip(16)) return false;
    const auto minimum = reader.read_u32();
    if (!minimum) return false;
    collected.soas.push_back(
        {std::move(head.owner), std::min({head.ttl, seconds{*minimum}, max_negative_ttl})}
    );
    return true;
}

// One record of the answer section; false if it does not decode.
bool read_answer_record(wire_reader& reader, record_type wanted, sections& collected) {
    auto head = read_head(reader);
    if (!head) return false;
    const auto end = reader.position() + head->length;
    bool read = true;
    if (head->record_class == class_in && head->type == type_cname) {
        read = read_alias(reader, *head, collected);
    } else if (is_wanted(*head, wanted)) {
        read = read_wanted(reader, wanted, *head, collected);
    } else {
        // A DNAME comes with the CNAME that was made from it; signatures come with any record.
        if (head->type != type_dname && head->type != type_rrsig)
            collected.has_other_answers = true;
        if (head->type == type_opt) collected.misplaced_options = true;
        read = reader.skip(head->length);
    }
    return read && reader.position() == end;
}

bool read_authority_record(wire_reader& reader, record_type wanted, sections& collected) {
    auto head = read_head(reader);
    if (!head) return false;
    const auto end = reader.position() + head->length;
    if (head->record_class == class_in && head->type == type_soa)
        return read_soa(reader, *head, collected) && reader.position() == end;
    if (head->record_class == class_in && head->type == type_ns) collected.referral = true;
    if (head->type == type_opt) collected.misplaced_options = true;
    if (is_wanted(*head, wanted)) collected.misplaced.push_back(std::move(head->owner));
    return reader.skip(head->length);
}

// RFC 6891: one OPT, of the root, in the additional section; its TTL begins with the upper bits of
// the response code.
bool read_additional_record(
    wire_reader& reader, record_type wanted, std::size_t& options, sections& collected
) {
    auto head = read_head(reader);
    if (!head) return false;
    if (head->type == type_opt) {
        collected.extended_code =
            static_cast<std::uint16_t>(collected.extended_code | head->raw_ttl >> 24);
        if (++options > 1 || !head->owner.empty()) collected.misplaced_options = true;
    }
    if (is_wanted(*head, wanted)) collected.misplaced.push_back(std::move(head->owner));
    return reader.skip(head->length);
}

}  // namespace

std::optional<header> read_header(wire_reader& reader) {
    if (!reader.skip(2)) return {};
    const auto flags = reader.read_u16();
    const auto questions = reader.read_u16();
    const auto answers = reader.read_u16();
    const auto authorities = reader.read_u16();
    const auto additional = reader.read_u16();
    if (!flags || !questions || !answers || !authorities || !additional) return {};
    if ((*flags & (is_response | opcode | is_truncated)) != is_response) return {};
    return header{
        .code = static_cast<rcode>(*flags & 0xf),
        .authoritative = (*flags & is_authoritative) != 0,
        .recursive = (*flags & is_recursive) != 0,
        .questions = *questions,
        .answers = *answers,
        .authorities = *authorities,
        .additional = *additional,
    };
}

bool repeats_question(
    wire_reader& reader, std::uint16_t count, std::string_view name, record_type type
) {
    return count == 1 && reader.read_name() == name &&
           reader.read_u16() == static_cast<std::uint16_t>(type) && reader.read_u16() == class_in;
}

std::optional<sections> read_sections(wire_reader& reader, const header& head, record_type wanted) {
    if (std::size_t{head.answers} + head.authorities + head.additional > max_records) return {};
    sections found;
    for (std::uint16_t at = 0; at < head.answers; ++at)
        if (!read_answer_record(reader, wanted, found)) return {};
    for (std::uint16_t at = 0; at < head.authorities; ++at)
        if (!read_authority_record(reader, wanted, found)) return {};
    std::size_t options = 0;
    for (std::uint16_t at = 0; at < head.additional; ++at)
        if (!read_additional_record(reader, wanted, options, found)) return {};
    found.has_rest = reader.left() != 0;
    return found;
}

}  // namespace kurir::dns
