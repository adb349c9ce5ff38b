#include "relay/smtp/peer.hpp"

#include <utility>

#include "tests/support/catch.hpp"

using namespace kurir::smtp;

namespace {

peer peer_of(std::vector<std::string> keywords) {
    keywords.insert(keywords.begin(), "mx.test greets you");
    return read_peer({250, {}, std::move(keywords)});
}

}  // namespace

TEST_CASE("a server that offers nothing, or says nothing, offers nothing", "[smtp][peer]") {
    CHECK(peer_of({}) == peer{});
    CHECK(read_peer({250, {}, {}}) == peer{});
}

TEST_CASE("C004 each extension is known by its keyword in any case", "[smtp][peer]") {
    CHECK(peer_of({"PIPELINING"}).pipelining);
    CHECK(peer_of({"8BITMIME"}).eight_bit);
    CHECK(peer_of({"smtputf8"}).smtputf8);
    CHECK(peer_of({"Chunking"}).chunking);
    const peer all{
        .pipelining = true,
        .eight_bit = true,
        .smtputf8 = true,
        .chunking = true,
        .dsn = true,
        .size = true,
        .size_max = 1000
    };
    CHECK(peer_of({"CHUNKING", "SIZE 1000", "DSN", "SMTPUTF8", "8BITMIME", "PIPELINING"}) == all);
}

TEST_CASE("the greeting holds no keyword", "[smtp][peer]") {
    CHECK(read_peer({250, {}, {"PIPELINING", "8BITMIME"}}) == peer{.eight_bit = true});
}

TEST_CASE("a keyword is a whole word; parameters of others are ignored", "[smtp][peer]") {
    CHECK(peer_of({"PIPELININGS", "X-PIPELINING", " PIPELINING", "XSIZE 5", ""}) == peer{});
    CHECK(peer_of({"AUTH PIPELINING LOGIN", "STARTTLS", "DSNX", "\xff\xfe"}) == peer{});
    CHECK(peer_of({"8BITMIME yes please"}).eight_bit);
}

TEST_CASE("SIZE tells its limit, or none", "[smtp][peer]") {
    CHECK(peer_of({"SIZE"}) == peer{.size = true});
    CHECK(peer_of({"SIZE 0"}) == peer{.size = true});
    CHECK(peer_of({"size 35882577"}).size_max == 35'882'577);
    CHECK(peer_of({"SIZE 18446744073709551615"}).size_max == UINT64_MAX);
    for (const auto* text :
         {"SIZE ", "SIZE x", "SIZE -1", "SIZE 1k", "SIZE 1 2", "SIZE 99999999999999999999"}) {
        CAPTURE(text);
        CHECK(peer_of({text}) == peer{.size = true});
    }
}
