// What a session may submit in all.
#include <algorithm>
#include <string>

#include "relay/inbound/session.hpp"
#include "relay/log/log.hpp"
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE(
    "The MAIL that follows a session's last message ends it, logged and counted", "[inbound]"
) {
    const std::size_t most = GENERATE(std::size_t{0}, 1, 3);  // 0: no limit
    CAPTURE(most);
    const log::capture captured;
    auto config = usual_config();
    config.session_messages = most;
    serve(std::move(config), [most](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        for (std::size_t sent = 0; sent < std::max<std::size_t>(most, 1); ++sent) {
            co_await client->begin_message();
            const auto stored = co_await client->ask("Subject: x\r\n\r\n.");
            CHECK_THAT(stored, StartsWith("250"));
        }
        const auto mail = co_await client->ask("MAIL FROM:<a@client.example>");
        CHECK_THAT(mail, StartsWith(most == 0 ? "250" : "421 4.7.0 relay.test Too many messages"));
        client->close();
        while (world.server.sessions() > 0)
            co_await settle();

        const double ended = most == 0 ? 0 : 1;
        using metrics::session_end;
        auto& rejects = world.metrics.smtp_rejects_total;
        CHECK(
            rejects(metrics::reject_stage::mail, metrics::reject_reason::too_many_messages)
                .value() == ended
        );
        auto& closed = world.metrics.smtp_sessions_closed_total;
        CHECK(closed(session_end::too_many_messages).value() == ended);
    });

    const auto all = all_of(captured);
    const auto reason = ContainsSubstring(R"("reason":"too_many_messages")");
    if (most == 0) {
        CHECK_THAT(all, !reason);
    } else {
        CHECK_THAT(all, ContainsSubstring(R"("rejected")") && reason);
        CHECK_THAT(
            all,
            ContainsSubstring(
                R"("messages":)" + std::to_string(most) +
                R"(,"last_command":"MAIL","reason":"too_many_messages")"
            )
        );
    }
}
