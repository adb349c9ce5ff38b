// An event loop that runs while its thread is busy, and then on that thread.
#include "relay/app/loop_meanwhile.hpp"

#include <boost/asio/post.hpp>

#include <future>

#include "tests/support/catch.hpp"

using namespace kurir;
namespace asio = boost::asio;

TEST_CASE("a loop goes round meanwhile, and what is left goes on afterwards", "[app]") {
    asio::io_context loop(1);
    std::promise<std::thread::id> first;
    {
        const app::loop_meanwhile running(loop);
        asio::post(loop, [&] { first.set_value(std::this_thread::get_id()); });
        CHECK(first.get_future().get() != std::this_thread::get_id());
    }
    std::thread::id second;
    asio::post(loop, [&] { second = std::this_thread::get_id(); });
    CHECK(second == std::thread::id());
    CHECK(loop.run() == 1);
    CHECK(second == std::this_thread::get_id());
}
