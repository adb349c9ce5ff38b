#include "relay/dkim/tag_list.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/sasl/base64.hpp"

namespace kurir::dkim {

namespace {

bool is_name(std::string_view name) noexcept {
    return !name.empty() && base::is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return base::is_alphanumeric(c) || c == '_'; });
}

// Printable ASCII, and white space; a CR or LF only of a fold. A strict reader takes no UTF-8;
// RFC 8616 section 5 takes it in the identity and in the notes of a record, so it passes here.
bool is_value(std::string_view value) noexcept {
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char c = value[at];
        if (value.substr(at).starts_with("\r\n")) {
            if (at + 2 >= value.size() || !base::is_blank(value[at + 2])) return false;
            at += 2;
        } else if (!base::is_blank(c) && (static_cast<unsigned char>(c) < 0x21 || c == 0x7f)) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<tag_list> tag_list::parse(std::string_view text) {
    tag_list list;
    std::size_t begin = 0;
    text = base::trimmed_back(text, base::white_space);
    if (text.ends_with(';')) text.remove_suffix(1);
    while (begin <= text.size()) {
        const auto end = std::min(text.find(';', begin), text.size());
        const auto equals = text.find('=', begin);
        if (equals >= end) return std::nullopt;
        const auto name = base::trimmed(text.substr(begin, equals - begin), base::white_space);
        const auto whole = text.substr(equals + 1, end - equals - 1);
        const auto value = base::trimmed(whole, base::white_space);
        const bool legal = is_name(name) && is_value(value) && list.find(name) == nullptr;
        if (!legal || list.tags_.size() == tags_max) return std::nullopt;
        list.tags_.push_back({.name = name, .value = value, .begin = equals + 1, .end = end});
        begin = end + 1;
    }
    return list;
}

const tag* tag_list::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(tags_, name, &tag::name);
    return found == tags_.end() ? nullptr : &*found;
}

std::optional<std::string_view> tag_list::value(std::string_view name) const noexcept {
    const auto* const found = find(name);
    return found == nullptr ? std::nullopt : std::optional(found->value);
}

std::string without_spaces(std::string_view text) {
    std::string kept(text);
    std::erase_if(kept, base::is_space);
    return kept;
}

std::vector<std::string_view> colon_list(std::string_view value) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = value.find(':');
        parts.push_back(base::trimmed(value.substr(0, end), base::white_space));
        if (end == value.npos) return parts;
        value.remove_prefix(end + 1);
    }
}

std::optional<std::string> base64_value(std::string_view value) {
    return sasl::decode_base64(without_spaces(value));
}

}  // namespace kurir::dkim
