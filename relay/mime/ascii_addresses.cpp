#include <algorithm>
#include <optional>
#include <span>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/mime/ascii_words.hpp"
#include "relay/mime/encoded_words.hpp"
#include "relay/mime/field_parts.hpp"
#include "relay/smtp/domain.hpp"

namespace kurir::mime {

namespace {

using parts = std::span<const field_part>;

bool is_special(const field_part& part, char c) {
    return part.kind == part_kind::special && part.text.front() == c;
}

// The address with its domain as A-labels, if that makes it ASCII.
std::optional<std::string> ascii_address(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == address.npos || is_unfit(address.substr(0, at))) return std::nullopt;
    const auto domain = address.substr(at + 1);
    if (!base::is_utf8(domain)) return std::nullopt;
    const auto labels = smtp::to_a_labels(std::string(domain));
    if (!labels || is_unfit(*labels)) return std::nullopt;
    return std::string(address.substr(0, at + 1)) + *labels;
}

class address_writer {
public:
    address_writer(folded_field& field, std::string_view declared)
        : field_(field), declared_(declared) {}

    // What stands between two commas, or before the colon or the semicolon of a group.
    void element(parts all, bool is_group_name) {
        const bool fit =
            std::ranges::none_of(all, [](const auto& each) { return is_unfit(each.text); });
        const bool angle = std::ranges::any_of(all, [](const auto& each) {
            return each.kind == part_kind::angle;
        });
        if (fit) {
            for (const auto& each : all)
                field_.word(each.blank, each.text);
        } else if (angle || is_group_name) {
            named(all);
        } else {
            bare(all);
        }
    }

private:
    // A name, and an address in angle brackets.
    void named(parts all) {
        bool encoded_before = false;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& part = all[i];
            if (part.kind == part_kind::angle) {
                angle(part);
            } else if (part.kind == part_kind::comment) {
                write_comment(field_, part.blank, part.text, declared_);
            } else if (!is_unfit(part.text)) {
                field_.word(part.blank, part.text);
                encoded_before = is_encoded_word(part.text);
            } else {
                i = name(all, i, encoded_before);
                encoded_before = true;
            }
        }
    }

    // The words of a name that are unfit, from `first` on. Returns the last.
    std::size_t name(parts all, std::size_t first, bool encoded_before) {
        std::string run(encoded_before ? all[first].blank : "");
        run += unquoted(all[first].text);
        auto last = first;
        while (last + 1 < all.size() && all[last + 1].kind < part_kind::comment &&
               is_unfit(all[last + 1].text)) {
            ++last;
            run += all[last].blank + unquoted(all[last].text);
        }
        const bool word_next = last + 1 < all.size() && is_encoded_word(all[last + 1].text);
        if (word_next) run += all[last + 1].blank;
        write_encoded(field_, first == 0 ? blank_of(all[0]) : " ", run, declared_);
        return last;
    }

    void angle(const field_part& part) {
        if (!is_unfit(part.text)) return field_.word(part.blank, part.text);
        auto inner = part.text.substr(1);
        const bool closed = inner.ends_with('>');
        if (closed) inner.remove_suffix(1);
        if (const auto ascii = ascii_address(inner)) {
            field_.word(part.blank, '<' + *ascii + (closed ? ">" : ""));
        } else {
            unsayable(blank_of(part), inner);
        }
    }

    // An address without a name; its comments stay.
    void bare(parts all) {
        std::string address;
        for (const auto& each : all) {
            if (each.kind == part_kind::comment) continue;
            if (!address.empty()) address += each.blank;
            address += each.text;
        }
        if (const auto ascii = is_unfit(address) ? ascii_address(address) : address) {
            field_.word(all.front().blank, *ascii);
        } else {
            unsayable(blank_of(all.front()), address);
        }
        for (const auto& each : all) {
            if (each.kind == part_kind::comment)
                write_comment(field_, blank_of(each), each.text, declared_);
        }
    }

    void unsayable(std::string_view blank, std::string_view address) {
        write_encoded(field_, blank, address, declared_);
        field_.word(" ", ":;");
    }

    static std::string_view blank_of(const field_part& part) {
        return part.blank.empty() ? std::string_view(" ") : std::string_view(part.blank);
    }

    folded_field& field_;
    std::string_view declared_;
};

}  // namespace

void write_addresses(folded_field& field, std::string_view value, std::string_view declared) {
    const auto all = parts_of(value, ",:;");
    address_writer writer(field, declared);
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= all.size(); ++i) {
        if (i < all.size() && all[i].kind != part_kind::special) continue;
        const bool is_group_name = i < all.size() && is_special(all[i], ':');
        writer.element(parts(all).subspan(begin, i - begin), is_group_name);
        if (i < all.size()) field.word(all[i].blank, all[i].text);
        begin = i + 1;
    }
}

}  // namespace kurir::mime
