#include "relay/inbound/input_buffer.hpp"

#include <algorithm>
#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::inbound;

namespace {

constexpr std::size_t block = block_pool::block_size;

void receive(input_buffer& buffer, std::size_t capacity, std::string_view bytes) {
    const auto room = buffer.room(capacity);
    REQUIRE(room.size() >= bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
    buffer.added(bytes.size());
}

}  // namespace

TEST_CASE("There is room for as long a line as is asked for", "[inbound]") {
    for (const std::size_t longest : {512UL, 2048UL, 4096UL, 4097UL, 12'288UL, 65'536UL}) {
        CAPTURE(longest);
        block_pool pool;
        input_buffer buffer(pool);
        std::string line;
        while (line.size() < longest) {
            const std::string bytes(std::min<std::size_t>(500, longest - line.size()), 'a');
            receive(buffer, longest, bytes);
            line += bytes;
            REQUIRE(buffer.unread() == line);
        }
    }
}

TEST_CASE("What is unread goes along when the room changes", "[inbound]") {
    block_pool pool;
    input_buffer buffer(pool);
    const std::string command = "EHLO x\r\n";
    receive(buffer, 2048, command + "rest");
    CHECK(buffer.room(2048).size() < 4096);
    buffer.consume(command.size());
    CHECK(buffer.room(block).size() == block - 4);
    CHECK(buffer.unread() == "rest");
    receive(buffer, block, std::string(10'000, 'b'));
    CHECK(buffer.room(2048).size() > 4096);  // too much is unread for less room
    buffer.consume(10'000);
    CHECK(buffer.room(2048).size() == 4096 - 4);
    CHECK(buffer.unread() == "bbbb");
}
