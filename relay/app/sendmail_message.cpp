#include "relay/app/sendmail_message.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "relay/base/text.hpp"
#include "relay/message/field_list.hpp"
#include "relay/message/header_scan.hpp"
#include "relay/message/mailbox_list.hpp"
#include "relay/sasl/base64.hpp"

namespace kurir::app {

namespace {

constexpr std::size_t addresses_max = 100'000;

message::header_facts header_of(std::string_view text) {
    message::header_scan scan;
    if (!scan.scan(text)) scan.finish(text);
    return scan.facts();
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::any_of(names, [&](std::string_view each) {
        return base::equal_ignoring_case(name, each);
    });
}

constexpr std::array<std::string_view, 3> recipient_fields{"To", "Cc", "Bcc"};
constexpr std::array<std::string_view, 3> resent_fields{"Resent-To", "Resent-Cc", "Resent-Bcc"};
constexpr std::array<std::string_view, 2> blind_fields{"Bcc", "Resent-Bcc"};

std::string_view slice(std::string_view value, const message::address_token& token) {
    return value.substr(token.begin, token.end - token.begin);
}

// Each address as it is written: the relay reads, and completes, what lacks a domain.
void add_addresses(std::string_view value, named_recipients& found) {
    const auto list = message::mailboxes_in(value, addresses_max);
    found.readable = found.readable && list.readable;
    for (const auto& each : list.mailboxes) {
        if (each.in_name) continue;
        std::string address(slice(value, each.local));
        if (each.domain.kind != message::address_token::kind_of::end)
            address.append("@").append(slice(value, each.domain));
        if (std::ranges::find(found.addresses, address) == found.addresses.end())
            found.addresses.push_back(std::move(address));
    }
}

// As a word of RFC 5322, or encoded by RFC 2047 in words of at most 75 characters.
std::string display_name(std::string_view name) {
    if (base::has_high(name)) {
        constexpr std::size_t word_max = 45;
        std::string encoded;
        while (!name.empty()) {
            auto end = std::min(word_max, name.size());
            // Not within a character.
            while (end > 0 && end < name.size() &&
                   (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U)
                --end;
            if (end == 0) end = std::min(word_max, name.size());  // it is no UTF-8
            encoded += (encoded.empty() ? "" : " ") + std::string("=?UTF-8?B?") +
                       sasl::encode_base64(name.substr(0, end)) + "?=";
            name.remove_prefix(end);
        }
        return encoded;
    }
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c < ' ' || c == '\x7f' ? ' ' : c;
    }
    return quoted + '"';
}

}  // namespace

std::string message_lines(std::string_view input, bool dot_ends) {
    std::string lines;
    lines.reserve(input.size() + input.size() / 32);
    while (!input.empty()) {
        const auto end = std::min(input.find('\n'), input.size());
        const auto line = base::trimmed_back(input.substr(0, end), "\r");
        if (dot_ends && line == ".") break;
        lines.append(line).append("\r\n");
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    return lines;
}

named_recipients recipients_in(std::string_view message) {
    const auto fields = message::fields_of(message, header_of(message));
    const bool is_resent = std::ranges::any_of(fields, [](const message::listed_field& each) {
        return is_one_of(each.name, resent_fields);
    });
    named_recipients found;
    for (const auto& each : fields) {
        if (is_one_of(each.name, is_resent ? resent_fields : recipient_fields))
            add_addresses(message.substr(each.value, each.end - each.value), found);
    }
    return found;
}

std::string without_blind_copies(std::string_view message) {
    std::string kept;
    std::size_t at = 0;
    for (const auto& each : message::fields_of(message, header_of(message))) {
        if (!is_one_of(each.name, blind_fields)) continue;
        kept += message.substr(at, each.begin - at);
        at = each.end;
    }
    kept += message.substr(at);
    return kept;
}

std::string with_author(std::string message, std::string_view name, std::string_view address) {
    const auto header = header_of(message);
    const bool has_author = std::ranges::any_of(header.fields, [](const auto& each) {
        return each.name == message::field_name::from;
    });
    if (has_author) return message;
    // A body that begins at once must not become header by what now stands in front of it.
    if (!header.blank_line) message.insert(header.end, "\r\n");
    const auto mailbox = '<' + std::string(address) + '>';
    const auto author = name.empty() ? mailbox : display_name(name) + ' ' + mailbox;
    message.insert(header.begin, "From: " + author + "\r\n");
    return message;
}

}  // namespace kurir::app
