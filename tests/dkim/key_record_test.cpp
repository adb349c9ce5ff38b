#include "relay/dkim/key_record.hpp"

#include <string>
#include <vector>

#include "relay/sasl/base64.hpp"
#include "tests/dkim/keys.hpp"

using namespace kurir;
using namespace kurir::dkim;
using namespace tests;

namespace {

// What a resolver makes of a line of a zone file: its strings, one after the other.
std::string joined_strings(const std::string& line) {
    std::string text;
    bool inside = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] != '"') continue;
        if (inside) {
            CHECK(at - begin <= 255);
            text += line.substr(begin, at - begin);
        }
        inside = !inside;
        begin = at + 1;
    }
    CHECK_FALSE(inside);
    return text;
}

published_key parsed(const std::string& record) {
    const auto found = parse_record(record);
    CAPTURE(record);
    REQUIRE(found.has_value());
    return *found;
}

}  // namespace

TEST_CASE("records of our keys in both shapes", "[dkim]") {
    const auto number = GENERATE(0U, 1U, 2U);
    const std::vector<signing_key> keys = {
        key(algorithm::rsa), key(algorithm::ed25519), read(generate_key(algorithm::rsa, 4096))
    };
    const auto& mine = keys.at(number);
    const auto text = record_text(mine);
    CHECK(text.starts_with("v=DKIM1; k=" + std::string(key_type(mine.kind())) + "; p="));
    CHECK(compare(text, mine) == key_match::same);
    const auto line = zone_line("x", "b.example", mine);
    CHECK(line.starts_with("x._domainkey.b.example. IN TXT ( \"v=DKIM1;"));
    CHECK(line.ends_with("\" )"));
    CHECK(joined_strings(line) == text);
    CHECK(parsed(text).key == mine.published());
}

TEST_CASE("records as others publish them", "[dkim]") {
    const auto p = sasl::encode_base64(key(algorithm::rsa).published());
    CHECK(parsed("p=" + p).kind == algorithm::rsa);
    CHECK(parsed("k=rsa; p=" + p + ";").key == key(algorithm::rsa).published());
    CHECK(
        parsed("v=DKIM1;p=" + p.substr(0, 50) + " " + p.substr(50) + "; n=a note").key.size() == 294
    );
    CHECK(parsed("v=DKIM1; p=").key.empty());
    CHECK(parsed("v=DKIM1; t=y : s; p=").testing);
    CHECK(parsed("v=DKIM1; t=y : s; p=").only_domain);
    CHECK_FALSE(parsed("v=DKIM1; t=z; p=").testing);
    CHECK(parsed("s=email; p=").for_mail);
    CHECK(parsed("s=tlsrpt:*; p=").for_mail);
    CHECK_FALSE(parsed("s=tlsrpt; p=").for_mail);
    CHECK(parsed("h=sha1:sha256; p=").for_sha256);
    CHECK_FALSE(parsed("h=sha1; p=").for_sha256);
}

TEST_CASE("what is no record of a key", "[dkim]") {
    const std::string record = GENERATE(
        "",
        "v=spf1 -all",
        "v=DKIM1",
        "v=DKIM2; p=",
        "v=dkim1; p=",
        "p=; v=DKIM1",
        "v=DKIM1; p=A",
        "v=DKIM1; p=AAA_",
        "v=DKIM1; k=dsa; p=AAAA",
        "v=DKIM1; p=AAAA; p=AAAA",
        "v=DKIM1; p=\"AAAA\""
    );
    CAPTURE(record);
    CHECK_FALSE(parse_record(record).has_value());
    CHECK(compare(record, key(algorithm::rsa)) == key_match::syntax);
}

TEST_CASE("a published key is ours or not", "[dkim]") {
    const auto& rsa = key(algorithm::rsa);
    const auto& ed25519 = key(algorithm::ed25519);
    const auto other = read(generate_key(algorithm::rsa));
    const auto text = record_text(rsa);
    CHECK(compare(text, rsa) == key_match::same);
    CHECK(compare(record_text(other), rsa) == key_match::other_key);
    CHECK(compare(record_text(ed25519), rsa) == key_match::other_kind);
    CHECK(compare(text, ed25519) == key_match::other_kind);
    CHECK(compare("v=DKIM1; k=rsa; p=", rsa) == key_match::revoked);
    CHECK(compare("v=DKIM1; p=", ed25519) == key_match::revoked);
    // The key without its k=, as it happens where a form has lost it.
    const auto p = sasl::encode_base64(ed25519.published());
    CHECK(compare("v=DKIM1; p=" + p, ed25519) == key_match::other_kind);
    CHECK(compare(text + "; s=tlsrpt", rsa) == key_match::unusable);
    CHECK(compare(text + "; h=sha1", rsa) == key_match::unusable);
    CHECK(compare(text + "; t=y", rsa) == key_match::same);
    // Cut off at 255 bytes, as some forms do.
    CHECK(compare(text.substr(0, 255), rsa) != key_match::same);
    CHECK(compare("v=DKIM1; p=AAAA", rsa) == key_match::syntax);
    // The bare RSAPublicKey, as some tools publish it: it begins where the wrapping ends.
    const auto bare = sasl::encode_base64(rsa.published().substr(24));
    CHECK(compare("v=DKIM1; k=rsa; p=" + bare, rsa) == key_match::same);
}
