#include "relay/smtp/dot_stuffer.hpp"

#include "tests/support/catch.hpp"

using kurir::smtp::dot_stuffer;

namespace {

std::string stuffed(const std::vector<std::string>& parts) {
    dot_stuffer stuffer;
    std::string out;
    for (const auto& part : parts)
        stuffer.append(part, out);
    stuffer.finish(out);
    return out;
}

}  // namespace

TEST_CASE("C016 every line that begins with a dot gets one more", "[smtp][dot_stuffer]") {
    CHECK(stuffed({"a\r\n"}) == "a\r\n.\r\n");
    CHECK(stuffed({".\r\n"}) == "..\r\n.\r\n");
    CHECK(stuffed({"a\r\n.b\r\n..\r\n"}) == "a\r\n..b\r\n...\r\n.\r\n");
    CHECK(stuffed({"a.b\r\n"}) == "a.b\r\n.\r\n");
}

TEST_CASE("C017 the end has its CRLF, and only one", "[smtp][dot_stuffer]") {
    CHECK(stuffed({}) == ".\r\n");
    CHECK(stuffed({"abc"}) == "abc\r\n.\r\n");
    CHECK(stuffed({"abc\r\n"}) == "abc\r\n.\r\n");
    CHECK(stuffed({"abc\r"}) == "abc\r\n.\r\n");
}

TEST_CASE("C016 how the message is cut changes nothing", "[smtp][dot_stuffer]") {
    const std::string message = ".\r\nx\r\n.y\r\n\r\n..\r\n.\r\nend";
    const auto whole = stuffed({message});
    for (std::size_t first = 0; first <= message.size(); ++first) {
        for (std::size_t second = first; second <= message.size(); ++second) {
            CAPTURE(first, second);
            CHECK(
                stuffed(
                    {message.substr(0, first),
                     message.substr(first, second - first),
                     message.substr(second)}
                ) == whole
            );
        }
    }
}
