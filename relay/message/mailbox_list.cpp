#include "relay/message/mailbox_list.hpp"

#include <algorithm>
#include <utility>

namespace kurir::message {

namespace {

using kind = address_token::kind_of;
using tokens = std::vector<address_token>;

bool is_at(const address_token& each) noexcept {
    return each.special == '@';
}

// Reads a list of mailboxes and groups. `parts_` are the tokens since the last separator.
class list_reader {
public:
    list_reader(std::string_view text, std::size_t most) : text_(text), most_(most) {}

    mailbox_list read() {
        address_tokens all(text_);
        for (;;) {
            const auto token = all.next();
            if (!token) return unreadable();
            if (token->kind == kind::end) break;
            if (!take(*token)) return unreadable();
        }
        if (in_brackets_ || !end_mailbox()) return unreadable();
        return {.mailboxes = std::move(mailboxes_)};
    }

private:
    static mailbox_list unreadable() { return {.readable = false, .mailboxes = {}}; }

    bool take(const address_token& found) {
        switch (found.special) {
            case '<':
                if (in_brackets_ || bracketed_ || !take_from_name()) return false;
                in_brackets_ = true;
                return true;
            case '>':
                if (!in_brackets_ || !add(std::exchange(parts_, {}), false)) return false;
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
        return add(parts, false);
    }

    // The addresses in a display name.
    bool take_from_name() {
        const auto name = std::exchange(parts_, {});
        for (std::size_t at = 0; at < name.size(); ++at) {
            if (!is_at(name[at])) continue;
            if (at == 0 || at + 1 == name.size()) return false;
            if (!add({name[at - 1], name[at], name[at + 1]}, true)) return false;
        }
        return true;
    }

    // "word", "word@" or "word@word".
    bool add(const tokens& parts, bool in_name) {
        const bool is_local = !parts.empty() && parts[0].kind == kind::word;
        const bool has_at = parts.size() < 2 || is_at(parts[1]);
        if (!is_local || !has_at || parts.size() > 3 || mailboxes_.size() == most_) return false;
        found_mailbox found{.local = parts[0], .domain = {}, .in_name = in_name};
        if (parts.size() == 3) {
            found.domain = parts[2];
            if (found.domain.kind == kind::special || text_[found.domain.begin] == '"') {
                return false;
            }
        }
        const auto local = text_.substr(found.local.begin, found.local.end - found.local.begin);
        if (local.find("=?") != std::string_view::npos) return false;
        mailboxes_.push_back(found);
        return true;
    }

    std::string_view text_;
    std::size_t most_;
    tokens parts_;
    bool in_brackets_ = false;
    bool bracketed_ = false;  // the mailbox had its address in brackets
    std::vector<found_mailbox> mailboxes_;
};

}  // namespace

mailbox_list mailboxes_in(std::string_view value, std::size_t most) {
    return list_reader(value, most).read();
}

}  // namespace kurir::message
