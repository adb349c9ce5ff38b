#include "relay/dkim/sign.hpp"

#include "relay/dkim/field_writer.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/sasl/digest.hpp"

namespace kurir::dkim {

namespace {

std::string seconds_text(utc_seconds time) {
    return std::to_string(time.time_since_epoch().count());
}

// All of it but the signature, which is written behind "b=".
field_writer begin_field(
    const message_digest& digest, const signing_key& key, const signing_terms& terms
) {
    field_writer field("DKIM-Signature:");
    field.word("v=1;");
    field.word("a=" + std::string(signature_name(key.kind())) + ";");
    field.word("c=relaxed/relaxed;");
    field.word("d=" + terms.domain + ";");
    field.word("s=" + terms.selector + ";");
    if (!terms.identity.empty()) field.word("i=" + terms.identity + ";");
    field.word("t=" + seconds_text(terms.time) + ";");
    if (terms.lifetime) field.word("x=" + seconds_text(terms.time + *terms.lifetime) + ";");
    for (std::size_t at = 0; at < digest.names.size(); ++at) {
        const bool last = at + 1 == digest.names.size();
        const auto name = digest.names[at] + (last ? ";" : ":");
        if (at == 0) {
            field.word("h=" + name);
        } else {
            field.joined(name);
        }
    }
    field.word("bh=" + sasl::encode_base64(digest.body_hash) + ";");
    field.word("b=");
    return field;
}

}  // namespace

std::string sign(const message_digest& digest, const signing_key& key, const signing_terms& terms) {
    auto field = begin_field(digest, key, terms);
    auto covered = relaxed_field(field.text());
    covered.resize(covered.size() - 2);
    const auto hash = sasl::sha256(digest.fields + covered);
    field.divisible(sasl::encode_base64(key.sign(hash)));
    return field.text() + "\r\n";
}

}  // namespace kurir::dkim
