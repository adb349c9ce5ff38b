#include "relay/dkim/message_signer.hpp"

#include "relay/dkim/body_hash.hpp"
#include "relay/dkim/header_fields.hpp"
#include "relay/dkim/verify.hpp"
#include "tests/dkim/keys.hpp"

using namespace kurir::dkim;
using namespace tests;
using namespace std::chrono_literals;

namespace {

const std::string header_of_one = "From: One <one@b.example>\r\nSubject: a test\r\n\r\n";

message_signer signer(std::optional<std::chrono::seconds> lifetime = std::nullopt) {
    std::vector<domain_key> keys;
    for (const auto kind : {algorithm::ed25519, algorithm::rsa}) {
        const std::string selector(key_type(kind));
        keys.push_back(
            {.place = {.domain = "b.example", .selector = selector}, .key = key(kind), .file = ""}
        );
    }
    return {key_ring(std::move(keys), ""), "", lifetime};
}

message_digest digest() {
    return *digest_of(header_of_one, hash_of_body("text\r\n"));
}

transaction from(const std::string& author) {
    return {.domains = {.authors = {author}, .reverse_path = ""}, .time = noon};
}

signing signed_by(const message_signer& chosen, std::string_view present = "") {
    return chosen.sign(digest(), present, chosen.choose(from("b.example")), noon);
}

using step = signing::step;
using steps = std::vector<std::pair<algorithm, step>>;

}  // namespace

TEST_CASE("a message gets a signature by each kind of key, RSA first", "[dkim]") {
    const auto made = signed_by(signer());
    CHECK(made.steps == steps{{algorithm::rsa, step::made}, {algorithm::ed25519, step::made}});
    CHECK_FALSE(made.failed());
    const auto whole = made.fields + header_of_one;
    const auto fields = fields_of(whole);
    REQUIRE(fields.size() == 4);
    const auto hash = hash_of_body("text\r\n");
    CHECK(
        verify(fields[0], fields, hash, key(algorithm::rsa).public_half(), noon) ==
        verification::good
    );
    CHECK(
        verify(fields[1], fields, hash, key(algorithm::ed25519).public_half(), noon) ==
        verification::good
    );
}

TEST_CASE("signatures that are there and good are not made again", "[dkim]") {
    const auto ours = signer();
    const auto first = signed_by(ours);
    const auto again = signed_by(ours, first.fields + header_of_one);
    CHECK(
        again.steps == steps{{algorithm::rsa, step::present}, {algorithm::ed25519, step::present}}
    );
    CHECK(again.fields.empty());

    const auto changed = signed_by(ours, first.fields + "From: other@b.example\r\n\r\n");
    CHECK(changed.steps == steps{{algorithm::rsa, step::made}, {algorithm::ed25519, step::made}});
}

TEST_CASE("a lifetime is counted from the signature's time", "[dkim]") {
    const auto read = parse_signature(fields_of(signed_by(signer(48h)).fields).at(0).text);
    REQUIRE(read.has_value());
    CHECK(read->time == noon);
    CHECK(read->expiry == noon + 48h);
    const auto endless = parse_signature(fields_of(signed_by(signer()).fields).at(0).text);
    REQUIRE(endless.has_value());
    CHECK(endless->expiry == std::nullopt);
}

TEST_CASE("without a key nothing is chosen", "[dkim]") {
    CHECK(signer().choose(from("other.example")).keys.empty());
    CHECK(signer().choose(from("b.example")).keys.size() == 2);
}

TEST_CASE("the domain of an address is as keys have it", "[dkim]") {
    CHECK(domain_of("one@B.Example") == "b.example");
    CHECK(domain_of("\"a@b\"@c.example") == "c.example");
    CHECK(domain_of("x@bücher.example") == "xn--bcher-kva.example");
    CHECK(domain_of("") == "");
    CHECK(domain_of("nobody") == "");
}
