// A slot whose claims may be over sends no end of a message.
#include "relay/outbound/connection_slot.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/outbound/job_list.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

// One message, by DATA or by BDAT, to a server that gives `happening` time before it answers.
struct guarded_world : delivery_world {
    void work(std::function<void()> happening, bool chunking) {
        auto& server = serve([happening = std::move(happening), chunking](auto, const auto& line) {
            if (line.starts_with("RCPT")) happening();
            const bool offers = chunking && line.starts_with("EHLO");
            return offers ? std::optional<std::string>("250-mx.test\r\n250 CHUNKING\r\n")
                          : std::nullopt;
        });
        setup.books.claims = &guard;
        auto waiting = store.put(1, {"user@remote.test"});
        waiting.fence = 7;
        claim = {.id = waiting.id, .entry = waiting.entry, .fence = waiting.fence};
        jobs.jobs.push_back({waiting});
        run([this, &server]() -> asio::awaitable<void> {
            asio::co_spawn(context, end_pause(), must_not_throw);
            connection_slot slot(setup, home, jobs, 1, route_to({server.port()}), held);
            co_await slot.run();
            co_await settle_down();
        });
        sent = server.transactions.size();
        heard_of_data = server.heard("DATA") + server.heard("BDAT");
    }

    // With which a slot keeps its place that lacked something.
    asio::awaitable<void> end_pause() {
        while (jobs.shortages.empty() && jobs.ends == 0)
            co_await settle_down();
        clock.advance(1s);
    }

    net::virtual_clock clock;
    claim_guard guard{60s, net::clock::now()};
    queue::claimed claim;
    job_list jobs{context.get_executor()};
    const stake held = std::make_shared<char>();
    std::size_t sent = 0;
    std::size_t heard_of_data = 0;
};

}  // namespace

TEST_CASE("the end of a message goes while the claim holds", "[slot][claims]") {
    guarded_world world;
    world.work([&] { world.clock.advance(53s); }, GENERATE(true, false));
    CHECK(world.sent == 1);
    CHECK(world.store.settled.size() == 1);
    CHECK(world.jobs.unfinished.empty());
}

TEST_CASE("a transaction breaks off when the claim may be over", "[slot][claims]") {
    guarded_world world;
    const bool by_loss = GENERATE(true, false);
    const bool chunking = GENERATE(true, false);
    world.work(
        [&] {
            if (by_loss) {
                world.guard.renewed(net::clock::now(), {world.claim});
            } else {
                world.clock.advance(54s);
            }
        },
        chunking
    );
    CHECK(world.sent == 0);
    CHECK(world.heard_of_data == (chunking ? 0 : 1));
    CHECK(world.store.settled.empty());
    REQUIRE(world.jobs.unfinished.size() == 1);
    REQUIRE(world.jobs.shortages.size() == 1);
    CHECK(world.jobs.shortages.front().shortage == shortage::claim);
    CHECK(world.jobs.reports == std::vector<report::kind>{report::kind::nothing});
}
