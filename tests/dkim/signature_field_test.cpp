#include "relay/dkim/signature_field.hpp"

#include "relay/dkim/tag_list.hpp"
#include "tests/dkim/rfc8463.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::dkim;

namespace {

const std::string hash = "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;";
const std::string good = "v=1; a=rsa-sha256; d=b.example; s=x; h=From; b=AAAA; " + hash;

std::string tags_fault(const std::string& tags) {
    const auto made = parse_signature("DKIM-Signature: " + tags + "\r\n");
    return made ? "" : made.error();
}

std::string replaced(const std::string& part, const std::string& text) {
    auto made = good;
    made.replace(made.find(part), part.size(), text);
    return made;
}

}  // namespace

TEST_CASE("tag lists", "[dkim]") {
    const auto list = tag_list::parse(" v = 1 ; b=a b\r\n c==;x_1= ; ");
    REQUIRE(list.has_value());
    CHECK(list->tags().size() == 3);
    CHECK(list->value("v") == "1");
    CHECK(list->value("b") == "a b\r\n c==");
    CHECK(list->value("x_1") == "");
    CHECK_FALSE(list->value("V").has_value());
    CHECK(colon_list("a : b\r\n :c") == std::vector<std::string_view>{"a", "b", "c"});
    CHECK(base64_value("QU\r\n JD") == "ABC");
    CHECK_FALSE(base64_value("QUJ").has_value());
}

TEST_CASE("what is no tag list", "[dkim]") {
    const std::string text = GENERATE(
        "",
        ";",
        "v",
        "v=1;;a=2",
        "v=1;a",
        "=1",
        "1v=1",
        "v v=1",
        "v=1;v=1",
        "v=1;a=2;v=3",
        "v-x=1",
        "v=a\rb",
        "v=a\nb",
        "v=a\r\nb",
        "v=\x01",
        "v=\x7f"
    );
    CAPTURE(text);
    CHECK_FALSE(tag_list::parse(text).has_value());
}

TEST_CASE("a tag list has an end", "[dkim]") {
    std::string text;
    for (std::size_t i = 0; i < tag_list::tags_max; ++i)
        text += "a" + std::to_string(i) + "=;";
    CHECK(tag_list::parse(text).has_value());
    CHECK_FALSE(tag_list::parse(text + "b=;").has_value());
}

TEST_CASE("the signature of RFC 8463 is read", "[dkim]") {
    const auto made = parse_signature(tests::rfc8463::ed25519_field);
    REQUIRE(made.has_value());
    CHECK(made->kind == algorithm::ed25519);
    CHECK(made->header_form == canonical_form::relaxed);
    CHECK(made->body_form == canonical_form::relaxed);
    CHECK(made->domain == "football.example.com");
    CHECK(made->selector == "brisbane");
    CHECK(made->identity == "@football.example.com");
    CHECK(made->names.size() == 8);
    CHECK(made->bytes.size() == 64);
    CHECK(made->time == utc_seconds(std::chrono::seconds(1528637909)));
    CHECK_FALSE(made->expiry.has_value());
    CHECK_FALSE(made->has_length);
}

TEST_CASE("what a signature may leave out", "[dkim]") {
    const auto made = parse_signature("dkim-signature:" + good);
    REQUIRE(made.has_value());
    CHECK(made->header_form == canonical_form::simple);
    CHECK(made->body_form == canonical_form::simple);
    CHECK(made->identity.empty());
    CHECK_FALSE(made->time.has_value());

    CHECK(parse_signature("D:" + good + " c=relaxed")->header_form == canonical_form::relaxed);
    CHECK(parse_signature("D:" + good + " c=relaxed")->body_form == canonical_form::simple);
    CHECK(parse_signature("D:" + good + " c=simple/relaxed")->body_form == canonical_form::relaxed);
    CHECK(parse_signature("D:" + good + " l=5")->has_length);
    CHECK(parse_signature("D:" + good + " zz=unknown").has_value());
    CHECK(parse_signature("D:" + replaced("b.example", "B.Example"))->domain == "b.example");
}

TEST_CASE("signatures with mistakes are not read", "[dkim]") {
    CHECK(tags_fault(good).empty());
    CHECK(tags_fault("") == "is no list of tags");
    for (const std::string tag : {"v=1;", "a=rsa-sha256;", "d=b.example;", "s=x;", "h=From;"})
        CHECK(tags_fault(replaced(tag, "")) == "has no " + tag.substr(0, 1) + "=");
    CHECK(tags_fault(replaced("b=AAAA;", "")) == "has no b=");
    CHECK(tags_fault(replaced(hash, "")) == "has no bh=");
    CHECK(tags_fault(good + " d=b.example") == "is no list of tags");

    const auto [part, text] = GENERATE(table<std::string, std::string>({
        {"v=1", "v=2"},
        {"v=1", "v="},
        {"rsa-sha256", "rsa-sha1"},
        {"rsa-sha256", "RSA-SHA256"},
        {"b.example", ""},
        {"b.example", "b..example"},
        {"b.example", "b@example"},
        {"s=x", "s="},
        {"s=x", "s=x y"},
        {"h=From", "h="},
        {"h=From", "h=To"},
        {"h=From", "h=From::To"},
        {"h=From", "h=From:Sub ject"},
        {"b=AAAA", "b="},
        {"b=AAAA", "b=A-AA"},
        {"bh=47DE", "bh="},
        {"v=1", "v=1; c=loose"},
        {"v=1", "v=1; c=relaxed/relaxed/simple"},
        {"v=1", "v=1; c="},
        {"v=1", "v=1; i="},
        {"v=1", "v=1; i=b.example"},
        {"v=1", "v=1; i=@example"},
        {"v=1", "v=1; i=@xb.example"},
        {"v=1", "v=1; l=-1"},
        {"v=1", "v=1; l="},
        {"v=1", "v=1; q=http"},
        {"v=1", "v=1; t=now"},
        {"v=1", "v=1; t=1234567890123"},
        {"v=1", "v=1; x=+5"},
        {"v=1", "v=1; t=6; x=6"},
    }));
    CAPTURE(part, text);
    CHECK_FALSE(tags_fault(replaced(part, text)).empty());
}

TEST_CASE("identities below the domain are good", "[dkim]") {
    CHECK(tags_fault(good + " i=@b.example").empty());
    CHECK(tags_fault(good + " i=me=40you@x.B.example").empty());
    CHECK(tags_fault(good + " q=http:dns/txt").empty());
}

TEST_CASE("the form that is signed has an empty b=", "[dkim]") {
    const std::string field = "DKIM-Signature: a=1; b= x\r\n y ; c=2\r\n";
    CHECK(signed_form(field, canonical_form::relaxed) == "dkim-signature:a=1; b=; c=2");
    CHECK(signed_form(field, canonical_form::simple) == "DKIM-Signature: a=1; b=; c=2");
    CHECK(signed_form("D: bh=1; b=2", canonical_form::relaxed) == "d:bh=1; b=");
    CHECK_FALSE(signed_form("D: bh=1", canonical_form::relaxed).has_value());
    CHECK_FALSE(signed_form("D", canonical_form::relaxed).has_value());
}
