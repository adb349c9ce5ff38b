#include "relay/dkim/key_record.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/dkim/public_key.hpp"
#include "relay/dkim/tag_list.hpp"
#include "relay/sasl/base64.hpp"

namespace kurir::dkim {

namespace {

bool has_part(std::string_view list, std::string_view wanted) {
    const auto parts = colon_list(list);
    return std::ranges::find(parts, wanted) != parts.end();
}

}  // namespace

std::string record_name(std::string_view selector, std::string_view domain) {
    return std::string(selector) + "._domainkey." + std::string(domain);
}

std::string record_text(const signing_key& key) {
    return "v=DKIM1; k=" + std::string(key_type(key.kind())) +
           "; p=" + sasl::encode_base64(key.published());
}

std::string zone_line(std::string_view selector, std::string_view domain, const signing_key& key) {
    constexpr std::size_t string_max = 255;
    auto line = record_name(selector, domain) + ". IN TXT (";
    const auto text = record_text(key);
    for (std::size_t at = 0; at < text.size(); at += string_max)
        line += " \"" + text.substr(at, string_max) + "\"";
    return line + " )";
}

base::result<published_key, std::string> parse_record(std::string_view record) {
    const auto tags = tag_list::parse(record);
    if (!tags) return "is no list of tags";
    const auto version = tags->value("v");
    if (version && (*version != "DKIM1" || tags->tags().front().name != "v")) {
        return "is not of version DKIM1";
    }
    const auto value = tags->value("p");
    if (!value) return "has no p=";
    auto key = base64_value(*value);
    if (!key) return "has a p= that is not base64";
    published_key found{.key = std::move(*key)};
    const auto type = tags->value("k").value_or("rsa");
    if (type == key_type(algorithm::ed25519)) {
        found.kind = algorithm::ed25519;
    } else if (type != key_type(algorithm::rsa)) {
        return "has a k= that is unknown";
    }
    const auto flags = tags->value("t").value_or("");
    found.testing = has_part(flags, "y");
    found.only_domain = has_part(flags, "s");
    const auto services = tags->value("s").value_or("*");
    found.for_mail = has_part(services, "*") || has_part(services, "email");
    found.for_sha256 = has_part(tags->value("h").value_or("sha256"), "sha256");
    return found;
}

key_match compare(std::string_view record, const signing_key& key) {
    const auto found = parse_record(record);
    if (!found) return key_match::syntax;
    if (found->key.empty()) return key_match::revoked;
    if (found->kind != key.kind()) return key_match::other_kind;
    const auto theirs = public_key::read(found->kind, found->key);
    if (!theirs) return key_match::syntax;
    if (theirs->published() != key.published()) return key_match::other_key;
    return found->for_mail && found->for_sha256 ? key_match::same : key_match::unusable;
}

std::string_view text_of(key_match match) noexcept {
    switch (match) {
        case key_match::same:
            return "publishes our key";
        case key_match::other_key:
            return "publishes another key than ours";
        case key_match::other_kind:
            return "has another k= than our key";
        case key_match::revoked:
            return "revokes the key (its p= is empty)";
        case key_match::unusable:
            return "publishes our key, but its s= or h= forbids our signatures";
        case key_match::syntax:
            return "is no record of a key";
    }
    return "";
}

}  // namespace kurir::dkim
