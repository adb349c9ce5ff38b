#include "relay/dkim/sign.hpp"

#include <algorithm>
#include <utility>

#include "relay/dkim/body_hash.hpp"
#include "relay/dkim/key_record.hpp"
#include "relay/dkim/verify.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/sasl/digest.hpp"
#include "tests/dkim/keys.hpp"
#include "tests/dkim/rfc8463.hpp"

using namespace kurir::dkim;
using namespace tests;
using namespace std::chrono_literals;

namespace {

const utc_seconds signing_time{1'800'000'000s};

message_digest digest(const std::string& header, const std::string& body) {
    auto made = digest_of(header, hash_of_body(body));
    REQUIRE(made.has_value());
    return *made;
}

signing_terms terms() {
    return {
        .domain = "b.example", .selector = "x", .identity = "", .time = signing_time, .lifetime = {}
    };
}

verification verified(
    const std::string& header,
    const std::string& body,
    const public_key& half,
    utc_seconds time = signing_time
) {
    const auto fields = fields_of(header);
    REQUIRE_FALSE(fields.empty());
    return verify(fields.front(), fields, hash_of_body(body), half, time);
}

public_key published(const std::string& record) {
    const auto found = parse_record(record);
    REQUIRE(found.has_value());
    auto half = public_key::read(found->kind, found->key);
    REQUIRE(half.has_value());
    return *half;
}

std::size_t longest_line(std::string_view field) {
    std::size_t longest = 0;
    while (!field.empty()) {
        const auto end = field.find("\r\n");
        longest = std::max(longest, end);
        field.remove_prefix(end + 2);
    }
    return longest;
}

const std::string folded_header =
    "From: a@b.example\r\nTo: c@d.example\r\nSubject: a\r\n test\r\nDate: today\r\n";

}  // namespace

TEST_CASE("the signatures of RFC 8463 verify, and nothing that is changed", "[dkim]") {
    const auto signatures = {
        std::pair(rfc8463::ed25519_field, rfc8463::ed25519_record),
        std::pair(rfc8463::rsa_field, rfc8463::rsa_record),
    };
    for (const auto& [field, record] : signatures) {
        const auto half = published(record);
        const auto whole = field + rfc8463::header;
        CHECK(verified(whole, rfc8463::body, half) == verification::good);
        // Relaxed: white space may change.
        CHECK(verified(whole, rfc8463::body + "\r\n \r\n", half) == verification::good);
        CHECK(verified(whole, rfc8463::body + "PS", half) == verification::body);
        CHECK(verified(whole, "", half) == verification::body);
        auto changed = whole;
        changed.replace(changed.find("dinner"), 6, "supper");
        CHECK(verified(changed, rfc8463::body, half) == verification::signature);
        // Named twice: a second one can't be added, above or below.
        CHECK(
            verified(whole + "Subject: other\r\n", rfc8463::body, half) == verification::signature
        );
        CHECK(
            verified(field + "Subject: other\r\n" + rfc8463::header, rfc8463::body, half) ==
            verification::signature
        );
    }
    CHECK(
        verified(
            rfc8463::rsa_field + rfc8463::header, rfc8463::body, published(rfc8463::ed25519_record)
        ) == verification::algorithm
    );
}

TEST_CASE("RFC 8463's message is signed with its key", "[dkim]") {
    const auto mine = read(rfc8463::ed25519_private);
    CHECK(compare(rfc8463::ed25519_record, mine) == key_match::same);
    auto said = terms();
    said.domain = "football.example.com";
    said.selector = "brisbane";
    const auto field = sign(digest(rfc8463::header, rfc8463::body), mine, said);
    // Ed25519 has one signature for each text: theirs is ours.
    std::string covered;
    const auto fields = fields_of(rfc8463::header);
    field_stack left(fields);
    const auto theirs = parse_signature(rfc8463::ed25519_field);
    for (const auto& name : theirs->names) {
        const auto* const found = left.pop(name);
        if (found != nullptr) covered += relaxed_field(found->text);
    }
    covered += signed_form(rfc8463::ed25519_field, canonical_form::relaxed).value();
    CHECK(mine.sign(kurir::sasl::sha256(covered)) == theirs->bytes);
    CHECK(
        verified(field + rfc8463::header, rfc8463::body, published(rfc8463::ed25519_record)) ==
        verification::good
    );
}

TEST_CASE("a signature says what it was told to", "[dkim]") {
    const auto kind = GENERATE(algorithm::rsa, algorithm::ed25519);
    auto said = terms();
    said.identity = "@sub.b.example";
    said.lifetime = 3600s;
    const auto body = std::string("text \r\n");
    const auto field = sign(digest(folded_header, body), key(kind), said);
    CHECK(field.ends_with("\r\n"));
    const auto made = parse_signature(field);
    REQUIRE(made.has_value());
    CHECK(made->kind == kind);
    CHECK(made->domain == "b.example");
    CHECK(made->selector == "x");
    CHECK(made->identity == "@sub.b.example");
    CHECK(made->time == signing_time);
    CHECK(made->expiry == signing_time + 1h);
    CHECK(made->body_hash == hash_of_body(body));
    CHECK(made->names == digest(folded_header, body).names);
    CHECK(made->header_form == canonical_form::relaxed);
    CHECK(made->body_form == canonical_form::relaxed);
    CHECK_FALSE(made->has_length);

    const auto half = public_half(key(kind));
    CHECK(verified(field + folded_header, body, half) == verification::good);
    CHECK(
        verified(field + folded_header, body, half, signing_time + 1h - 1s) == verification::good
    );
    CHECK(verified(field + folded_header, body, half, signing_time + 1h) == verification::expired);
    const auto forever = sign(digest(folded_header, body), key(kind), terms());
    CHECK_FALSE(parse_signature(forever)->expiry.has_value());
    CHECK(forever.find("i=") == forever.npos);
    CHECK(
        verified(forever + folded_header, body, half, signing_time + 100'000h) == verification::good
    );
}

TEST_CASE("lines of a signature are short, whatever it says", "[dkim]") {
    const auto kind = GENERATE(algorithm::rsa, algorithm::ed25519);
    const auto half = public_half(key(kind));
    std::string all = folded_header;
    const std::size_t copies = GENERATE(0U, 1U, 2U, 30U);
    for (std::size_t i = 0; i < copies; ++i)
        all += "List-Unsubscribe-Post: x\r\nContent-Transfer-Encoding: 8bit\r\nCc: x@y.example\r\n";
    for (std::size_t size = 1; size <= 63; ++size) {
        auto said = terms();
        said.selector = std::string(size, 's');
        said.identity = "@" + std::string(size, 'a') + ".b.example";
        const auto field = sign(digest(all, ""), key(kind), said);
        CHECK(longest_line(field) <= 78);
        if (size % 16 == 1) CHECK(verified(field + all, "", half) == verification::good);
    }
    // A name that is longer than a line has one of its own.
    auto said = terms();
    said.domain = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') +
                  "." + std::string(60, 'd');
    said.identity = "@" + said.domain;
    const auto field = sign(digest(folded_header, ""), key(kind), said);
    CHECK(longest_line(field) < 300);
    CHECK(verified(field + folded_header, "", half) == verification::good);
}

TEST_CASE("a digest that was kept is signed for several domains and keys", "[dkim]") {
    const auto kept = digest(folded_header, "text");
    const auto first = sign(kept, key(algorithm::rsa), terms());
    const auto second = sign(kept, key(algorithm::ed25519), terms());
    // Neither covers the other.
    const auto rsa = public_half(key(algorithm::rsa));
    const auto ed25519 = public_half(key(algorithm::ed25519));
    CHECK(verified(first + second + folded_header, "text", rsa) == verification::good);
    CHECK(verified(second + first + folded_header, "text", ed25519) == verification::good);
    CHECK(verified(second + folded_header, "text", ed25519) == verification::good);
}

TEST_CASE("a signature of others' making is not judged by what we don't know", "[dkim]") {
    const auto half = public_half(key(algorithm::rsa));
    auto field = sign(digest(folded_header, ""), key(algorithm::rsa), terms());
    auto simple = field;
    simple.replace(simple.find("relaxed/relaxed"), 15, "relaxed/simple");
    CHECK(verified(simple + folded_header, "", half) == verification::unsupported);
    auto part = field;
    part.replace(part.find("v=1;"), 4, "v=1; l=0;");
    CHECK(verified(part + folded_header, "", half) == verification::unsupported);
    CHECK(verified("DKIM-Signature: v=1\r\n" + folded_header, "", half) == verification::syntax);
}

TEST_CASE("a header in simple form verifies", "[dkim]") {
    const auto& mine = key(algorithm::ed25519);
    const std::string author = "FROM:  a@b.example \r\n";
    std::string field =
        "DKIM-Signature:  v=1; a=ed25519-sha256;\r\n\tc=simple/relaxed; d=b.example; s=x; h=from; "
        "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=";
    field += kurir::sasl::encode_base64(mine.sign(kurir::sasl::sha256(author + field))) + "\r\n";
    CHECK(verified(field + author, "", public_half(mine)) == verification::good);
    CHECK(
        verified(field + "From: a@b.example\r\n", "", public_half(mine)) == verification::signature
    );
}

TEST_CASE("a message that we have signed is known", "[dkim]") {
    const auto kind = GENERATE(algorithm::rsa, algorithm::ed25519);
    const auto& mine = key(kind);
    const auto hash = hash_of_body("text");
    const auto is_known = [&](const std::string& whole, const std::string& domain = "b.example") {
        return is_signed(whole, hash, mine, domain, signing_time);
    };
    const auto field = sign(digest(folded_header, "text"), mine, terms());
    CHECK_FALSE(is_known(folded_header));
    CHECK(is_known(field + folded_header));
    CHECK(is_known(field + folded_header, "B.Example"));
    CHECK(is_known("Received: by x\r\n" + field + "X: y\r\n" + folded_header));
    CHECK_FALSE(is_known(field + folded_header, "c.example"));
    CHECK_FALSE(is_known(field + "To: x@y.example\r\n" + folded_header));
    CHECK_FALSE(
        is_signed(field + folded_header, hash_of_body("other"), mine, "b.example", signing_time)
    );

    // Another key of the domain, and the other kind.
    CHECK_FALSE(is_known(
        sign(digest(folded_header, "text"), read(generate_key(kind)), terms()) + folded_header
    ));
    const auto other = kind == algorithm::rsa ? algorithm::ed25519 : algorithm::rsa;
    CHECK_FALSE(is_known(sign(digest(folded_header, "text"), key(other), terms()) + folded_header));

    // Bad ones in front don't hide it, unless there are so many that looking costs too much.
    const auto bad = sign(digest(folded_header, "other"), mine, terms());
    CHECK(is_known(bad + "DKIM-Signature: broken\r\n" + field + folded_header));
    std::string flood;
    for (int i = 0; i < 100; ++i)
        flood += bad;
    CHECK_FALSE(is_known(flood + field + folded_header));
}
