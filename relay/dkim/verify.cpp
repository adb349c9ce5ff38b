#include "relay/dkim/verify.hpp"

#include <algorithm>
#include <string>

#include "relay/base/text.hpp"
#include "relay/dkim/canonical.hpp"
#include "relay/sasl/digest.hpp"

namespace kurir::dkim {

namespace {

// Each costs the hash of a header and the check of a signature; a client may send thousands.
constexpr std::size_t tried_max = 10;

// What the signature covers, but for the body.
std::string covered(
    const signature& made, std::string_view own_field, const std::vector<field>& header
) {
    field_stack left(header);
    std::string text;
    for (const auto& name : made.names) {
        const auto* const found = left.pop(name);
        if (found == nullptr) continue;
        const bool relaxed = made.header_form == canonical_form::relaxed;
        text += relaxed ? relaxed_field(found->text) : std::string(found->text);
    }
    return text + signed_form(own_field, made.header_form).value_or("");
}

verification verify(
    const signature& made,
    const field& signature_field,
    const std::vector<field>& header,
    std::string_view body_hash,
    const public_key& key,
    utc_seconds utc
) {
    if (made.kind != key.kind()) return verification::algorithm;
    if (made.body_form != canonical_form::relaxed || made.has_length) {
        return verification::unsupported;
    }
    if (made.expiry && *made.expiry <= utc) return verification::expired;
    if (made.body_hash != body_hash) return verification::body;
    const auto hash = sasl::sha256(covered(made, signature_field.text, header));
    return key.verifies(hash, made.bytes) ? verification::good : verification::signature;
}

}  // namespace

verification verify(
    const field& signature_field,
    const std::vector<field>& header,
    std::string_view body_hash,
    const public_key& key,
    utc_seconds utc
) {
    const auto made = parse_signature(signature_field.text);
    if (!made) return verification::syntax;
    return verify(*made, signature_field, header, body_hash, key, utc);
}

bool is_signed(
    std::string_view header,
    std::string_view body_hash,
    const signing_key& key,
    std::string_view domain,
    utc_seconds utc
) {
    const auto fields = fields_of(header);
    const auto owner = base::lowered(domain);
    auto left = tried_max;
    for (const auto& each : fields) {
        if (!base::equal_ignoring_case(each.name, "DKIM-Signature")) continue;
        const auto made = parse_signature(each.text);
        if (!made || made->domain != owner || made->kind != key.kind()) continue;
        if (left-- == 0) return false;
        const auto result = verify(*made, each, fields, body_hash, key.public_half(), utc);
        if (result == verification::good) return true;
    }
    return false;
}

}  // namespace kurir::dkim
