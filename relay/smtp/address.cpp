#include "relay/smtp/address.hpp"

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/smtp/local_part.hpp"

namespace kurir::smtp {

namespace {

// The input and how far it has been read.
class cursor {
public:
    cursor(std::string_view text, bool allow_utf8) : text_(text), allow_utf8_(allow_utf8) {}

    bool at_end() const noexcept { return position_ == text_.size(); }
    char peek() const noexcept { return at_end() ? '\0' : text_[position_]; }
    std::size_t position() const noexcept { return position_; }
    bool allows_utf8() const noexcept { return allow_utf8_; }
    std::string_view since(std::size_t start) const noexcept {
        return text_.substr(start, position_ - start);
    }

    bool take(char wanted) noexcept {
        if (at_end() || text_[position_] != wanted) return false;
        ++position_;
        return true;
    }

    template <class Predicate>
    std::string_view take_while(Predicate wanted) noexcept {
        const std::size_t start = position_;
        while (!at_end() && wanted(text_[position_]))
            ++position_;
        return since(start);
    }

private:
    std::string_view text_;
    std::size_t position_ = 0;
    bool allow_utf8_;
};

template <class T>
parsed<T> success(T value, std::size_t consumed) {
    parsed<T> result;
    result.value = std::move(value);
    result.consumed = consumed;
    return result;
}

std::optional<std::string> quoted_local_part(cursor& in) {
    std::string content;
    while (!in.take('"')) {
        const bool escaped = in.take('\\');
        const char c = in.peek();
        if (in.at_end() || !(is_quotable(c) || (base::is_high(c) && !escaped))) return std::nullopt;
        in.take(c);
        content += c;
    }
    return minimally_quoted(content);
}

parsed<std::string> local_part(cursor& in) {
    const std::size_t start = in.position();
    std::optional<std::string> text;
    if (in.take('"')) {
        text = quoted_local_part(in);
    } else {
        const auto atoms =
            in.take_while([](char c) { return is_atext(c) || base::is_high(c) || c == '.'; });
        if (is_dot_string(atoms)) text = std::string(atoms);
    }
    const std::string_view raw = in.since(start);
    if (!text) return failure<std::string>(address_error::syntax);
    if (base::has_high(raw)) {
        if (!in.allows_utf8()) return failure<std::string>(address_error::utf8_not_allowed);
        if (!base::is_utf8(raw)) return failure<std::string>(address_error::syntax);
    }
    return success(*text, in.position());
}

parsed<std::string> literal(cursor& in) {
    const auto inside =
        in.take_while([](char c) { return base::is_alphanumeric(c) || c == '.' || c == ':'; });
    auto address = address_literal(inside, grammar::strict);
    if (!address || !in.take(']')) return failure<std::string>(address_error::syntax);
    return success(std::move(*address), in.position());
}

parsed<std::string> domain(cursor& in) {
    if (in.take('[')) return literal(in);
    const auto raw = in.take_while([](char c) {
        return base::is_alphanumeric(c) || base::is_high(c) || c == '-' || c == '.';
    });
    if (raw.size() > domain_max) return failure<std::string>(address_error::too_long);
    std::string name = base::lowered(raw);
    if (base::has_high(raw)) {
        if (!in.allows_utf8()) return failure<std::string>(address_error::utf8_not_allowed);
        auto ascii = base::is_utf8(name) ? to_a_labels(name) : std::nullopt;
        if (!ascii) return failure<std::string>(address_error::syntax);
        name = std::move(*ascii);
    }
    if (name.size() > domain_max) return failure<std::string>(address_error::too_long);
    if (!is_domain_name(name, grammar::strict)) return failure<std::string>(address_error::syntax);
    return success(std::move(name), in.position());
}

parsed<mailbox> mailbox_at(cursor& in) {
    const std::size_t start = in.position();
    const auto local = local_part(in);
    if (!local) return failure<mailbox>(local.error);
    if (!in.take('@')) {
        const bool ended = in.at_end() || in.peek() == '>';
        return failure<mailbox>(ended ? address_error::unqualified : address_error::syntax);
    }
    const auto host = domain(in);
    if (!host) return failure<mailbox>(host.error);

    const std::string_view raw = in.since(start);
    mailbox value;
    value.local_part = *local.value;
    value.domain = *host.value;
    value.utf8 = base::has_high(raw);
    return success(std::move(value), in.position());
}

// "@a,@b:" before a mailbox: read and dropped (RFC 5321 appendix F.2). False if it is malformed.
bool skip_source_route(cursor& in) {
    if (in.peek() != '@') return true;
    do {
        if (!in.take('@') || !domain(in)) return false;
    } while (in.take(','));
    return in.take(':');
}

parsed<path> bracketed(cursor& in) {
    if (!skip_source_route(in)) return failure<path>(address_error::syntax);
    auto address = mailbox_at(in);
    if (!address) return failure<path>(address.error);
    if (!in.take('>')) return failure<path>(address_error::syntax);
    path value;
    value.address = std::move(address.value);
    return success(std::move(value), in.position());
}

}  // namespace

parsed<path> parse_reverse_path(std::string_view text, bool allow_utf8) {
    constexpr std::string_view null_path = "<>";
    if (text.starts_with(null_path)) return success(path(), null_path.size());
    cursor in(text, allow_utf8);
    if (!in.take('<')) return failure<path>(address_error::syntax);
    return bracketed(in);
}

parsed<path> parse_forward_path(std::string_view text, bool allow_utf8) {
    constexpr std::string_view postmaster = "<Postmaster>";
    if (base::starts_ignoring_case(text, postmaster)) {
        path value;
        value.postmaster = true;
        return success(std::move(value), postmaster.size());
    }
    cursor in(text, allow_utf8);
    if (!in.take('<')) return failure<path>(address_error::syntax);
    return bracketed(in);
}

parsed<mailbox> parse_mailbox(std::string_view text, bool allow_utf8) {
    cursor in(text, allow_utf8);
    auto result = mailbox_at(in);
    if (result && !in.at_end()) return failure<mailbox>(address_error::syntax);
    return result;
}

}  // namespace kurir::smtp
