// What the store in PostgreSQL does while the database answers and can't write.
#include "tests/queue/fixture.hpp"
#include "tests/queue/postgres_owner.hpp"

using namespace tests;
using queue::errc;
using queue::store_totals;

TEST_CASE(
    "a database that can't write refuses mail, and keeps the ends of attempts", "[queue][postgres]"
) {
    const auto [code, is_full] = GENERATE(table<std::string, bool>({
        {"53100", true},   // a full disk
        {"57014", false},  // statement_timeout
        {"55P03", false},  // lock_timeout, three times
        {"58030", false},  // a disk that fails
    }));
    INFO(code);
    postgres_queue shared;
    witness told;
    const auto process = shared.open({
        .on_full = [&](auto cause) { told.note("full: " + std::string(cause)); },
        .on_failing = [&](auto cause) { told.note("failing: " + std::string(cause)); },
        .on_tried_again = [&] { told.note("tried again"); },
    });
    REQUIRE(process->commit(mail(process->store().allocate(), "first")));
    const auto tried = process->seen.deliveries(1).front();
    shared.run(
        "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '" +
        code +
        "'; END$$;"
        "CREATE TRIGGER full_disk BEFORE INSERT ON message EXECUTE FUNCTION no_space()"
    );
    auto end = all_finished(tried);
    end.bounce = mail(process->store().allocate(), "bounce");
    auto promise = std::make_shared<std::promise<bool>>();
    auto settled = promise->get_future();
    process->store().settle(end, process->home, [promise](auto outcome) {
        promise->set_value(outcome.has_value());
    });
    told.await(is_full ? "full: ERROR:  not now" : "failing: ERROR:  not now");
    const auto refused = process->commit(mail(process->store().allocate(), "more")).error();
    if (is_full) {
        CHECK(refused == errc::full);
    } else {
        CHECK((refused == errc::failed || refused == errc::closed));
    }
    CHECK(settled.wait_for(50ms) == std::future_status::timeout);

    shared.run("DROP TRIGGER full_disk ON message");
    told.await("tried again");
    REQUIRE(settled.wait_for(20s) == std::future_status::ready);
    CHECK(settled.get());
    CHECK(process->store().state() == queue::store_state::open);
    CHECK(process->seen.deliveries(2).back().id == end.bounce->mail.id);
    CHECK(process->totals() == store_totals{1, 1, 6});
}

// Nobody asks for anything more that would wake the store.
TEST_CASE("a pause ends also while a write that succeeds is under way", "[queue][postgres]") {
    postgres_queue shared;
    witness told;
    const auto first = shared.open();
    auto settings = shared.settings({
        .on_full = [&](auto) { told.note("full"); },
        .on_tried_again = [&] { told.note("tried again"); },
    });
    settings.failure_pause = 300ms;
    auto opened = postgres::postgres_store::open(std::move(settings));
    REQUIRE(opened.has_value());
    postgres_owner process(std::move(*opened));
    const auto act = [&](const std::string& action) {
        shared.run(
            "CREATE OR REPLACE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN " +
            action + "; RETURN NEW; END$$"
        );
    };
    act("RAISE EXCEPTION 'not now' USING ERRCODE = '53100'");
    shared.run("CREATE TRIGGER act BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION act()");
    CHECK(process.commit(mail(process.store().allocate(), "more")).error() == errc::full);
    act("PERFORM pg_sleep(0.6)");
    CHECK(process.commit(mail(process.store().allocate(), "more")));
    told.await("tried again");
    CHECK(process.store().state() == queue::store_state::open);
}
