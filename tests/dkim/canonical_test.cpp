#include "relay/dkim/canonical.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "relay/dkim/body_hash.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/sasl/digest.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::dkim;

namespace {

std::string relaxed(const std::vector<std::string_view>& chunks) {
    relaxed_body body;
    std::string made;
    const auto sink = [&made](std::string_view text) { made += text; };
    for (const auto chunk : chunks)
        body.add(chunk, sink);
    body.finish(sink);
    return made;
}

std::string relaxed(std::string_view body) {
    return relaxed(std::vector{body});
}

std::vector<std::string_view> cut(std::string_view text, std::size_t size) {
    std::vector<std::string_view> chunks;
    for (std::size_t at = 0; at < text.size(); at += size)
        chunks.push_back(text.substr(at, size));
    return chunks;
}

std::string base64_hash(std::string_view body) {
    return sasl::encode_base64(hash_of_body(body));
}

}  // namespace

TEST_CASE("the examples of RFC 6376 section 3.4.5 in relaxed form", "[dkim]") {
    CHECK(relaxed_field("A: X\r\n") == "a:X\r\n");
    CHECK(relaxed_field("B : Y\t\r\n\tZ  \r\n") == "b:Y Z\r\n");
    CHECK(relaxed(" C \r\nD \t E\r\n\r\n\r\n") == " C\r\nD E\r\n");
}

TEST_CASE("a field in relaxed form", "[dkim]") {
    const auto [given, made] = GENERATE(table<std::string, std::string>({
        {"SUBJect: AbC\r\n", "subject:AbC\r\n"},
        {"Subject:AbC", "subject:AbC\r\n"},
        {"Subject \t:  a \t b\t \r\n", "subject:a b\r\n"},
        {"Subject:\r\n a\r\n\tb\r\n", "subject:a b\r\n"},
        {"Subject: a\r\n \r\n b\r\n", "subject:a b\r\n"},  // a line of white space in the middle
        {"Subject: a\r\n \r\n", "subject:a\r\n"},
        {"Subject:\r\n", "subject:\r\n"},
        {"Subject: \r\n \r\n", "subject:\r\n"},
        {"Subject: a: b\r\n", "subject:a: b\r\n"},
        {"Subject: \xc3\xa4\xff\r\n", "subject:\xc3\xa4\xff\r\n"},
        {"Subject: a\rb\nc\r\n", "subject:a\rb\nc\r\n"},
    }));
    CAPTURE(given);
    CHECK(relaxed_field(given) == made);
}

TEST_CASE("a body in relaxed form, however it is cut", "[dkim]") {
    const auto [given, made] = GENERATE(table<std::string, std::string>({
        {"", ""},
        {"\r\n", ""},
        {" \t\r\n\r\n  ", ""},
        {"a", "a\r\n"},
        {"a\r\n", "a\r\n"},
        {"a \t", "a\r\n"},
        {"a\r\n\r\n \r\n", "a\r\n"},
        {"\r\n\r\na", "\r\n\r\na\r\n"},
        {"a\r\n \t \r\nb\r\n", "a\r\n\r\nb\r\n"},
        {"a\tb  c \t d", "a b c d\r\n"},
        {" a", " a\r\n"},
        {"\t\ta\r\n\tb", " a\r\n b\r\n"},
        {"one two\r\nthree\r\n", "one two\r\nthree\r\n"},
        {"one \r\n two\r\n", "one\r\n two\r\n"},
        // A CR or LF alone ends no line and is no white space.
        {"a\rb", "a\rb\r\n"},
        {"a\nb \n", "a\nb \n\r\n"},
        {"a\r", "a\r\r\n"},
        {"a \r \r\n", "a \r\r\n"},
        {"\r\r\n", "\r\r\n"},
        {"a\r\r\n", "a\r\r\n"},
        {"a\r\n\r", "a\r\n\r\r\n"},
        {std::string("a\0 \xff\r\n", 6), std::string("a\0 \xff\r\n", 6)},
    }));
    CAPTURE(given);
    CHECK(relaxed(given) == made);
    for (std::size_t size = 1; size < given.size(); ++size)
        CHECK(relaxed(cut(given, size)) == made);
}

TEST_CASE("empty lines are counted, not kept", "[dkim]") {
    std::string lines;
    for (int i = 0; i < 100'000; ++i)
        lines += " \r\n";
    CHECK(relaxed(lines).empty());
    CHECK(relaxed(lines + "a").size() == 200'003);
}

TEST_CASE("the hash of a body", "[dkim]") {
    // RFC 6376 section 3.4.4: the relaxed form of an empty body is empty.
    CHECK(base64_hash("") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    CHECK(base64_hash("\r\n \r\n") == base64_hash(""));
    CHECK(hash_of_body(" C \r\nD \t E\r\n\r\n\r\n") == sasl::sha256(" C\r\nD E\r\n"));

    // One object hashes one body after the other.
    body_hash hash;
    for (int i = 0; i < 2; ++i) {
        hash.add("a ");
        hash.add("\r");
        hash.add("\n\r\n");
        CHECK(hash.finish() == sasl::sha256("a\r\n"));
    }
}
