#include "relay/message/address_field.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "relay/smtp/local_domain.hpp"

namespace kurir::message {

namespace {

enum class token_kind : std::uint8_t { word, literal, special, end };

// A word is an atom, a dot-atom or a quoted string.
struct token {
    token_kind kind = token_kind::end;
    std::size_t begin = 0;
    std::size_t end = 0;
    char special = '\0';
};

class tokenizer {
public:
    explicit tokenizer(std::string_view text) : text_(text) {}

    // Nothing if the text is malformed.
    std::optional<token> next() {
        if (!skip_space()) return std::nullopt;
        token found;
        found.begin = at_;
        if (at_ == text_.size()) {
            found.end = at_;
            return found;
        }
        const char c = text_[at_];
        if (c == '"' || c == '[') {
            if (!skip_to(c == '"' ? '"' : ']')) return std::nullopt;
            found.kind = c == '"' ? token_kind::word : token_kind::literal;
        } else if (is_special(c)) {
            ++at_;
            found.kind = token_kind::special;
            found.special = c;
        } else {
            while (at_ < text_.size() && !is_space(text_[at_]) && !is_special(text_[at_])) {
                if (text_[at_++] == '\\') return std::nullopt;
            }
            found.kind = token_kind::word;
        }
        found.end = at_;
        return found;
    }

private:
    static bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
    static bool is_special(char c) noexcept {
        return std::string_view("<>@,;:()[]\"").find(c) != std::string_view::npos;
    }

    // White space and comments.
    bool skip_space() {
        for (std::size_t depth = 0; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '(') {
                ++depth;
            } else if (depth > 0 && c == ')') {
                --depth;
            } else if (depth > 0 && c == '\\') {
                ++at_;
            } else if (depth == 0 && !is_space(c)) {
                return c != ')';
            }
            if (depth > 0 && at_ + 1 >= text_.size()) return false;
        }
        return true;
    }

    // Behind the next `last` that is not escaped.
    bool skip_to(char last) {
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
            } else if (text_[at_] == last) {
                ++at_;
                return true;
            }
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

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
            if (token->kind == token_kind::end) break;
            if (!take(*token)) return std::nullopt;
        }
        if (in_brackets_) return std::nullopt;
        if (!bracketed_) complete();
        return std::move(changes_);
    }

private:
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
    tokenizer tokens_;
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
