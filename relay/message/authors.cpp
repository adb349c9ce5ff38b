#include "relay/message/authors.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "relay/message/address_tokens.hpp"
#include "relay/smtp/liberal_path.hpp"
#include "relay/smtp/local_domain.hpp"

namespace kurir::message {

namespace {

using kind = address_token::kind_of;
using tokens = std::vector<address_token>;

bool is_at(const address_token& each) noexcept {
    return each.special == '@';
}

// Reads a list of mailboxes and groups. `parts_` are the tokens since the last separator.
class author_reader {
public:
    author_reader(std::string_view text, std::string_view local_domain)
        : text_(text), local_domain_(local_domain) {}

    authors read() {
        address_tokens all(text_);
        for (;;) {
            const auto token = all.next();
            if (!token) return unreadable();
            if (token->kind == kind::end) break;
            if (!take(*token)) return unreadable();
        }
        if (in_brackets_ || !end_mailbox()) return unreadable();
        return {.addresses = std::move(addresses_)};
    }

private:
    static authors unreadable() { return {.readable = false, .addresses = {}}; }

    bool take(const address_token& found) {
        switch (found.special) {
            case '<':
                if (in_brackets_ || bracketed_ || !take_from_name()) return false;
                in_brackets_ = true;
                return true;
            case '>':
                if (!in_brackets_ || !add(std::exchange(parts_, {}))) return false;
                in_brackets_ = false;
                bracketed_ = true;
                return true;
            case ',':
            case ';':
                // In brackets only between the hosts of an obsolete route.
                if (in_brackets_) return is_route();
                return end_mailbox();
            case ':':
                return in_brackets_ ? end_route() : end_group_name();
            default:
                if (bracketed_) return false;  // a second address for somebody who reads backwards
                parts_.push_back(found);
                return true;
        }
    }

    // "<@hosta,@hostb:user@host>": hosts to be ignored (RFC 5322 section 4.4).
    bool is_route() const { return !parts_.empty() && is_at(parts_.front()); }
    bool end_route() {
        if (!is_route()) return false;
        parts_.clear();
        return true;
    }

    // "Managers: a@b.org, c@d.org;"
    bool end_group_name() {
        if (bracketed_ || parts_.empty() || std::ranges::any_of(parts_, is_at)) return false;
        parts_.clear();
        return true;
    }

    bool end_mailbox() {
        const auto parts = std::exchange(parts_, {});
        if (std::exchange(bracketed_, false) || parts.empty()) return true;
        return add(parts);
    }

    // The addresses in a display name.
    bool take_from_name() {
        const auto name = std::exchange(parts_, {});
        for (std::size_t at = 0; at < name.size(); ++at) {
            if (!is_at(name[at])) continue;
            if (at == 0 || at + 1 == name.size()) return false;
            if (!add(tokens(
                    name.begin() + static_cast<std::ptrdiff_t>(at) - 1,
                    name.begin() + static_cast<std::ptrdiff_t>(at) + 2
                ))) {
                return false;
            }
        }
        return true;
    }

    // "word", "word@" or "word@word".
    bool add(const tokens& parts) {
        const bool is_local = !parts.empty() && parts[0].kind == kind::word;
        const bool has_at = parts.size() < 2 || is_at(parts[1]);
        if (!is_local || !has_at || parts.size() > 3 || addresses_.size() == authors_max) {
            return false;
        }
        const bool has_domain = parts.size() == 3;
        if (has_domain && (parts[2].kind == kind::special || text_[parts[2].begin] == '"')) {
            return false;
        }
        const auto local = text_of(parts[0]);
        const auto given = has_domain ? text_of(parts[2]) : std::string_view();
        if (local.find("=?") != std::string_view::npos) return false;
        auto address = completed(local, given);
        if (!address) return false;
        addresses_.push_back(std::move(*address));
        return true;
    }

    // In the form that the envelope has, so that both are judged alike.
    std::optional<std::string> completed(std::string_view local, std::string_view given) const {
        auto domain = smtp::full_domain(given, local_domain_, smtp::address_role::sender);
        if (domain.empty()) return std::nullopt;
        const auto path =
            std::string("<").append(local).append("@").append(std::move(domain)).append(">");
        const auto read = smtp::parse_liberal_reverse_path(path);
        if (!read || !read.value->address || read.consumed != path.size()) return std::nullopt;
        return read.value->address->text();
    }

    std::string_view text_of(const address_token& token) const {
        return text_.substr(token.begin, token.end - token.begin);
    }

    std::string_view text_;
    std::string_view local_domain_;
    tokens parts_;
    bool in_brackets_ = false;
    bool bracketed_ = false;  // the mailbox had its address in brackets
    std::vector<std::string> addresses_;
};

}  // namespace

authors authors_in(std::string_view value, std::string_view local_domain) {
    if (value.size() > author_fields_size_max) return {.readable = false, .addresses = {}};
    return author_reader(value, local_domain).read();
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
