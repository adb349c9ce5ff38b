#include "relay/outbound/body_reader.hpp"

#include "tests/inbound/fake_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using namespace tests;
namespace asio = boost::asio;

namespace {

// All the chunks of a message of one stored chunk, in order.
std::vector<std::string> chunks_of(std::string prefix, std::string body) {
    std::vector<std::string> all;
    run([&]() -> asio::awaitable<void> {
        storage::home home(co_await asio::this_coro::executor);
        fake_store store;
        auto message = std::make_shared<queue::stored_message>();
        message->mail.chunks = 1;
        message->mail.extras = queue::envelope_extras{.prefix = std::move(prefix)};
        message->first_chunk = std::move(body);
        outbound::body_reader reader(store, home, message);
        for (bool last = false; !last;) {
            const auto chunk = co_await reader.next();
            REQUIRE(chunk.has_value());
            all.emplace_back(chunk->bytes);
            last = chunk->last;
        }
    });
    return all;
}

}  // namespace

TEST_CASE("the prefix of a message goes in one piece with its first chunk", "[outbound]") {
    CHECK(chunks_of("", "a: b\r\n") == std::vector<std::string>{"a: b\r\n"});
    CHECK(
        chunks_of("DKIM-Signature: x\r\n", "a: b\r\n") ==
        std::vector<std::string>{"DKIM-Signature: x\r\na: b\r\n"}
    );
}
