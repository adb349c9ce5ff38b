#include "relay/message/authors.hpp"

#include <algorithm>
#include <utility>

#include "relay/smtp/liberal_path.hpp"
#include "relay/smtp/local_domain.hpp"

namespace kurir::message {

namespace {

std::string_view text_of(std::string_view value, const address_token& token) {
    return value.substr(token.begin, token.end - token.begin);
}

}  // namespace

std::optional<smtp::mailbox> address_of(
    const found_mailbox& found, std::string_view value, std::string_view local_domain
) {
    auto domain =
        smtp::full_domain(text_of(value, found.domain), local_domain, smtp::address_role::sender);
    if (domain.empty()) return std::nullopt;
    const auto path = std::string("<")
                          .append(text_of(value, found.local))
                          .append("@")
                          .append(std::move(domain))
                          .append(">");
    auto read = smtp::parse_liberal_reverse_path(path);
    if (!read || read.consumed != path.size()) return std::nullopt;
    return std::move(read.value->address);
}

authors authors_in(std::string_view value, std::string_view local_domain) {
    constexpr auto unreadable = [] { return authors{.readable = false, .addresses = {}}; };
    if (value.size() > author_fields_size_max) return unreadable();
    const auto list = mailboxes_in(value, authors_max);
    if (!list.readable) return unreadable();
    authors all;
    for (const auto& each : list.mailboxes) {
        const auto address = address_of(each, value, local_domain);
        if (!address) return unreadable();
        all.addresses.push_back(address->text());
    }
    return all;
}

authors authors_of(
    std::string_view message, const header_facts& header, std::string_view local_domain
) {
    authors all;
    std::size_t size = 0;
    for (const auto& field : header.fields) {
        if (field.name != field_name::from) continue;
        auto text = message.substr(field.begin, field.end - field.begin);
        text.remove_prefix(std::min(text.size(), text.find(':') + 1));
        size += text.size();
        if (size > author_fields_size_max) return {.readable = false, .addresses = {}};
        auto found = authors_in(text, local_domain);
        if (!found.readable) return found;
        for (auto& each : found.addresses)
            all.addresses.push_back(std::move(each));
    }
    return all;
}

}  // namespace kurir::message
