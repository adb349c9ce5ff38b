#include "relay/message/address_field.hpp"

#include <optional>
#include <utility>

#include "relay/message/address_tokens.hpp"
#include "relay/smtp/local_domain.hpp"

namespace kurir::message {

namespace {

// Reads a list of mailboxes and groups: an address ends at "," ";" ">", and a new one begins at ":"
// "<".
class reader {
public:
    reader(std::string_view text, std::string_view local_domain)
        : text_(text), local_domain_(local_domain), tokens_(text) {}

    std::optional<std::vector<address_change>> read() {
        for (;;) {
            const auto token = tokens_.next();
            if (!token) return std::nullopt;
            if (token->kind == address_token::kind_of::end) break;
            if (!take(*token)) return std::nullopt;
        }
        if (in_brackets_) return std::nullopt;
        if (!bracketed_) complete();
        return std::move(changes_);
    }

private:
    using token = address_token;
    using token_kind = address_token::kind_of;

    bool take(const token& found) {
        switch (found.special) {
            case '<':
                if (in_brackets_ || bracketed_) return false;
                in_brackets_ = true;
                parts_.clear();
                return true;
            case '>':
                if (!in_brackets_) return false;
                complete();
                in_brackets_ = false;
                bracketed_ = true;
                return true;
            case ',':
            case ';':
                if (in_brackets_) return false;  // also an obsolete route
                if (!bracketed_) complete();
                bracketed_ = false;
                parts_.clear();
                return true;
            case ':':  // behind a group's name
                if (in_brackets_ || bracketed_) return false;
                parts_.clear();
                return true;
            default:
                if (!bracketed_) parts_.push_back(found);
                return true;
        }
    }

    // Adds `parts_` as an address if it has the form "word", "word@" or "word@word".
    void complete() {
        const bool is_local = !parts_.empty() && parts_[0].kind == token_kind::word;
        const bool has_at = parts_.size() > 1 && parts_[1].special == '@';
        if (!is_local || parts_.size() > 3 || (parts_.size() > 1 && !has_at)) return;
        if (parts_.size() < 3) {
            const std::size_t end = parts_.back().end;
            changes_.push_back({end, end, (has_at ? "" : "@") + std::string(local_domain_)});
            return;
        }
        const auto& domain = parts_[2];
        if (domain.kind != token_kind::word || text_[domain.begin] == '"') return;
        const auto given = text_.substr(domain.begin, domain.end - domain.begin);
        auto full = smtp::full_domain(given, local_domain_, smtp::address_role::sender);
        if (full != given) changes_.push_back({domain.begin, domain.end, std::move(full)});
    }

    std::string_view text_;
    std::string_view local_domain_;
    address_tokens tokens_;
    std::vector<token> parts_;  // of the address that is being read
    bool in_brackets_ = false;
    bool bracketed_ = false;  // the mailbox had its address in brackets
    std::vector<address_change> changes_;
};

}  // namespace

std::vector<address_change> completed_addresses(
    std::string_view value, std::string_view local_domain
) {
    return reader(value, local_domain).read().value_or(std::vector<address_change>());
}

}  // namespace kurir::message
