// A third observer of a server's facts. The other two are the log and the metrics.
#include <string>

#include "relay/log/log.hpp"
#include "tests/facts/recorder.hpp"
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;

TEST_CASE("a further observer hears all of a session, as do log and metrics", "[facts]") {
    recorder third;
    const log::capture captured;
    std::string id;
    serve(
        usual_config(),
        [&](server_world& world) -> asio::awaitable<void> {
            auto one = co_await world.greeted();
            co_await one->begin_message();
            co_await one->send("Subject: x\r\n\r\n.\r\n");
            std::ignore = co_await one->reply();
            std::ignore = co_await one->ask("RCPT TO:<early@remote.example>");
            std::ignore = co_await one->ask("QUIT");
            std::ignore = co_await one->reply();
            REQUIRE(world.store.committed.size() == 1);
            id = world.store.committed[0].mail.id.text();
            co_await settle();

            using metrics::message_source;
            auto& counts = world.metrics;
            CHECK(counts.recipients_received_total(message_source::smtp).value() == 1);
            CHECK(
                counts
                    .smtp_rejects_total(
                        metrics::reject_stage::rcpt, metrics::reject_reason::bad_sequence
                    )
                    .value() == 1
            );
            CHECK(counts.smtp_sessions_closed_total(metrics::session_end::quit).value() == 1);
        },
        0,
        &third
    );

    CHECK(
        third.heard ==
        std::vector<std::string>{
            "received " + id + " b@remote.example",
            "refused rcpt bad_sequence",
            "session_ended quit 1",
        }
    );
    std::vector<std::string> events;
    for (const auto& line : captured.lines()) {
        for (const auto* event : {"received", "rejected", "session"}) {
            if (line.find("\"event\":\"" + std::string(event) + "\"") != std::string::npos) {
                events.emplace_back(event);
            }
        }
    }
    CHECK(events == std::vector<std::string>{"received", "rejected", "session"});
}
