// A slot whose claims may be over sends no end of a message.
#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/guarded_body.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/outbound/job_list.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

// One message, by DATA or by BDAT, to a server that gives `happening` time before it answers.
struct guarded_world : delivery_world {
    void work(
        std::function<void()> happening,
        bool chunking,
        std::string_view command = "RCPT",
        std::size_t more = 0
    ) {
        auto& server =
            serve([happening = std::move(happening), chunking, command](auto, const auto& line) {
                if (line.starts_with(command)) happening();
                const bool offers = chunking && line.starts_with("EHLO");
                return offers ? std::optional<std::string>("250-mx.test\r\n250 CHUNKING\r\n")
                              : std::nullopt;
            });
        setup.books.claims = &guard;
        auto waiting = store.put(1, {"user@remote.test"});
        waiting.fence = 7;
        if (more > 0) lengthen(waiting.id, more);
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

    // By so many lines.
    void lengthen(queue::message_id id, std::size_t lines) {
        auto longer = std::make_shared<queue::stored_message>(*store.messages[id]);
        for (std::size_t i = 0; i < lines; ++i)
            longer->first_chunk += "line\r\n";
        longer->mail.size = longer->first_chunk.size();
        store.messages[id] = std::move(longer);
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

constexpr std::size_t many_lines = guarded_body::at_once_max;

class listed_body final : public body_source {
public:
    explicit listed_body(std::vector<std::string> chunks) : chunks_(std::move(chunks)) {}
    asio::awaitable<net::result<chunk>> next() override {
        const auto& given = chunks_.at(given_++);
        co_return chunk{.bytes = given, .last = given_ == chunks_.size()};
    }

private:
    std::vector<std::string> chunks_;
    std::size_t given_ = 0;
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

TEST_CASE("the claim is looked at when all bytes of a message are gone", "[outbound][claims]") {
    run([]() -> asio::awaitable<void> {
        net::virtual_clock clock;
        claim_guard guard(60s, net::clock::now());
        const bool several = GENERATE(true, false);
        const bool holds = GENERATE(true, false);
        std::vector<std::string> chunks(several ? 2 : 1, std::string(many_lines + 1, 'x'));
        if (several) chunks.back() = "short";
        listed_body body(chunks);
        const std::vector<queue::delivery> tried;
        guarded_body subject(body, guard, tried);
        for (const auto& expected : chunks) {
            const auto found = co_await subject.next();
            CHECK(found->bytes == expected);
            CHECK_FALSE(found->last);
        }
        if (!holds) clock.advance(1h);
        const auto last = co_await subject.next();
        CHECK(last.has_value() == holds);
        if (last) CHECK(last->last);
        if (last) CHECK(last->bytes.empty());
    });
}

TEST_CASE("a short message goes in one piece", "[outbound][claims]") {
    run([]() -> asio::awaitable<void> {
        net::virtual_clock clock;
        const claim_guard guard(60s, net::clock::now());
        listed_body body({"short"});
        const std::vector<queue::delivery> tried;
        guarded_body subject(body, guard, tried);
        const auto found = co_await subject.next();
        CHECK(found->bytes == "short");
        CHECK(found->last);
    });
}

TEST_CASE("a long message has its end by itself", "[slot][claims]") {
    guarded_world world;
    const bool chunking = GENERATE(true, false);
    world.work([] {}, chunking, "RCPT", many_lines);
    CHECK(world.sent == 1);
    CHECK(world.heard_of_data == (chunking ? 2 : 1));
    CHECK(world.store.settled.size() == 1);
}

TEST_CASE("a long message whose claim ends meanwhile has no end", "[slot][claims]") {
    guarded_world world;
    const bool chunking = GENERATE(true, false);
    world.work([&] { world.clock.advance(54s); }, chunking, chunking ? "BDAT" : "DATA", many_lines);
    CHECK(world.sent == 0);
    CHECK(world.heard_of_data == 1);
    CHECK(world.store.settled.empty());
    CHECK(world.jobs.unfinished.size() == 1);
}
