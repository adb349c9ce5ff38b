#include "relay/message/address_tokens.hpp"

#include "relay/base/text.hpp"

namespace kurir::message {

namespace {

bool is_special(char c) noexcept {
    return std::string_view("<>@,;:()[]\"").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<address_token> address_tokens::next() {
    using kind = address_token::kind_of;
    if (!skip_space()) return std::nullopt;
    address_token found;
    found.begin = at_;
    if (at_ == text_.size()) {
        found.end = at_;
        return found;
    }
    const char c = text_[at_];
    if (c == '"' || c == '[') {
        if (!skip_to(c == '"' ? '"' : ']')) return std::nullopt;
        found.kind = c == '"' ? kind::word : kind::literal;
    } else if (is_special(c)) {
        ++at_;
        found.kind = kind::special;
        found.special = c;
    } else {
        while (at_ < text_.size() && !base::is_space(text_[at_]) && !is_special(text_[at_])) {
            if (text_[at_++] == '\\') return std::nullopt;
        }
        found.kind = kind::word;
    }
    found.end = at_;
    return found;
}

// White space and comments.
bool address_tokens::skip_space() {
    for (std::size_t depth = 0; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '(') {
            ++depth;
        } else if (depth > 0 && c == ')') {
            --depth;
        } else if (depth > 0 && c == '\\') {
            ++at_;
        } else if (depth == 0 && !base::is_space(c)) {
            return c != ')';
        }
        if (depth > 0 && at_ + 1 >= text_.size()) return false;
    }
    return true;
}

// Behind the next `last` that is not escaped.
bool address_tokens::skip_to(char last) {
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

}  // namespace kurir::message
