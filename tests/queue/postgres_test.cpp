// What the store in PostgreSQL does when the database misbehaves. What it promises is tested by
// contract_test.cpp.
#include <set>

#include "queue/postgres/database_url.hpp"
#include "queue/postgres/schema.hpp"
#include "queue/postgres/sql_error.hpp"
#include "tests/queue/cutting_proxy.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/postgres_owner.hpp"

using namespace tests;
using queue::errc;
using queue::store_totals;

namespace {

// The names of two statements: only who writes mail sends the first.
const std::vector<std::string> commit_of_batch{"note_batch", "commit"};

// A store whose connections pass a proxy.
struct proxied {
    postgres_queue queue;
    cutting_proxy proxy{postgres_server::shared().folder()};
    witness told;
    std::unique_ptr<postgres_owner> process;

    explicit proxied(std::chrono::milliseconds doubt_max = 20s) {
        process = queue.open();  // makes the tables, and the clock
        process.reset();
        auto settings = queue.settings({
            .on_resolved = [this](bool written) { told.note(written ? "written" : "not written"); },
            .on_rolled_back = [this] { told.note("rolled back"); },
        });
        settings.url += " host=" + proxy.folder().string();
        settings.doubt_max = doubt_max;
        auto opened = postgres::postgres_store::open(std::move(settings));
        REQUIRE(opened.has_value());
        process = std::make_unique<postgres_owner>(std::move(*opened));
    }

    std::int64_t stored(queue::message_id id) {
        const auto text = "SELECT count(*) FROM message WHERE id = " + std::to_string(id.value());
        return queue.ask(text.c_str());
    }
    // Once the store has its connections again.
    void await_open() {
        for (int i = 0; i < 2000; ++i) {
            if (process->store().state() == queue::store_state::open) return;
            pause(5ms);
        }
        FAIL("the store does not open again");
    }
};

std::size_t times_announced(owner& process, queue::message_id id) {
    const auto all = process.seen.deliveries(0);
    return static_cast<std::size_t>(std::ranges::count_if(all, [&](const auto& each) {
        return each.id == id;
    }));
}

}  // namespace

// The connection ends after each number of bytes in turn, in both directions, while a message is
// committed and while its end is settled.
TEST_CASE("a connection that is cut at any byte loses and doubles nothing", "[queue][postgres]") {
    const auto way = GENERATE(direction::to_server, direction::to_client);
    proxied world;
    auto& store = *world.process;
    std::size_t cuts = 0;
    for (std::size_t bytes = 1; bytes < 8000; bytes += 37) {
        auto made = mail(store.store().allocate(), "body of some bytes", 2);
        const auto id = made.mail.id;
        world.proxy.cut_after(way, bytes);
        const auto committed = store.commit(std::move(made));
        INFO("cut after " << bytes << " bytes, commit " << committed.has_value());
        // A commit that came while the connection was gone already is refused.
        if (!committed) CHECK(committed.error() == errc::closed);
        world.await_open();
        CHECK(world.stored(id) == (committed ? 1 : 0));
        CHECK(times_announced(store, id) == (committed ? 1 : 0));
        if (committed) {
            const auto tried = store.seen.deliveries(1).back();
            REQUIRE(tried.id == id);
            world.proxy.cut_after(way, bytes);
            CHECK(store.settle(all_finished(tried)));
            CHECK(world.stored(id) == 0);
        }
        const bool was_cut = world.proxy.left() == 0;
        cuts += was_cut ? 1 : 0;
        world.proxy.never_cut();
        world.await_open();
        if (!was_cut) break;
    }
    CHECK(cuts > 20);
    CHECK(world.told.heard("not written"));
    CHECK((way == direction::to_server || world.told.heard("written")));
    CHECK(world.queue.ask("SELECT count(*) FROM entry") == 0);
    CHECK(world.queue.ask("SELECT count(*) FROM body") == 0);
    CHECK(store.totals() == store_totals{});
}

TEST_CASE("without a database clients are refused, and settlements wait", "[queue][postgres]") {
    postgres_queue shared;
    witness told;
    const auto process = shared.open({
        .on_disconnected = [&](auto) { told.note("disconnected"); },
        .on_connected = [&] { told.note("connected"); },
    });
    REQUIRE(process->commit(mail(process->store().allocate(), "first")));
    const auto tried = process->seen.deliveries(1).front();
    postgres_server::shared().kill();

    // The first notices it.
    auto promise = std::make_shared<std::promise<bool>>();
    auto settled = promise->get_future();
    process->store().settle(all_finished(tried), process->home, [promise](auto outcome) {
        promise->set_value(outcome.has_value());
    });
    told.await("disconnected");
    CHECK(process->store().state() == queue::store_state::reopening);
    CHECK(process->commit(mail(process->store().allocate(), "second")).error() == errc::closed);
    CHECK(process->read(tried.id).error() == errc::closed);
    CHECK(settled.wait_for(50ms) == std::future_status::timeout);

    postgres_server::shared().start();
    told.await("connected");
    REQUIRE(settled.wait_for(20s) == std::future_status::ready);
    CHECK(settled.get());
    CHECK(process->totals() == store_totals{});
    CHECK(process->commit(mail(process->store().allocate(), "third")));
}

TEST_CASE("a store that has nothing to do notices that its database is gone", "[queue][postgres]") {
    postgres_queue shared;
    witness told;
    const auto process = shared.open({
        .on_disconnected = [&](auto) { told.note("disconnected"); },
        .on_connected = [&] { told.note("connected"); },
        .on_not_claiming = [&](auto) { told.note("not claiming"); },
        .on_claiming_again = [&] { told.note("claiming"); },
    });
    REQUIRE(process->commit(mail(process->store().allocate(), "first")));
    const auto held = process->seen.deliveries(1).front();
    const std::vector<queue::claimed> claims{
        {.id = held.id, .entry = held.entry, .fence = held.fence}
    };
    postgres_server::shared().kill();
    told.await("disconnected");
    told.await("not claiming");
    CHECK(process->store().state() == queue::store_state::reopening);
    CHECK(process->renew(claims).error() == errc::closed);
    CHECK(process->ask_to_claim({.room = 1}).error() == errc::closed);

    postgres_server::shared().start();
    told.await("connected");
    for (int i = 0; i < 2000 && !process->renew(claims); ++i)
        pause(5ms);
    CHECK(process->renew(claims).value().empty());
    told.await("claiming");
}

TEST_CASE(
    "who starts or connects again takes nothing over before others could write their ends",
    "[queue][postgres]"
) {
    postgres_queue shared;
    const auto gone = shared.open();
    REQUIRE(gone->commit(mail(gone->store().allocate(), "first")));
    gone->die();
    shared.pass(postgres_queue::lease);
    auto settings = shared.settings();
    settings.take_over_pause = GENERATE(0h, 1h);
    const std::size_t expected = settings.take_over_pause == 0h ? 1 : 0;
    auto opened = postgres::postgres_store::open(std::move(settings));
    REQUIRE(opened.has_value());
    postgres_owner process(std::move(*opened));
    SECTION("at the start") {
        CHECK(process.claim(1) == expected);
    }
    SECTION("after an outage") {
        shared.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        );
        for (int i = 0; i < 2000 && !process.ask_to_claim({.room = 1}); ++i)
            pause(5ms);
        process.claim(1);
        CHECK(process.seen.deliveries(0).size() == expected);
    }
    SECTION("by an order") {
        const auto name = process.browse({}, 1).found.front();
        CHECK(process.take({{name.waiting.id, name.waiting.entry}}) == expected);
    }
}

TEST_CASE("a database is named without its password", "[queue][postgres]") {
    using postgres::database_url;
    const auto several = database_url::parse(
        "postgresql://kurir:se%40same@db1:5433,db2/mail?target_session_attrs=any&sslpassword=also"
    );
    REQUIRE(several.has_value());
    CHECK(several->place() == "the database mail at db1:5433,db2 as kurir");
    CHECK(several->without_secrets("se@same: se@same and also") == "***: *** and ***");
    CHECK(
        database_url::parse("postgresql:///mail?host=/run/postgresql&password=x")->place() ==
        "the database mail at /run/postgresql"
    );
    for (const auto* wrong :
         {"postgresql://kurir:%zz@db/mail", "postgresql://db/mail?colour=sesame"}) {
        const auto refused = database_url::parse(wrong);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().text.find("sesame") == std::string::npos);
        CHECK(refused.error().text.find("%zz") == std::string::npos);
    }
    const auto unreachable =
        postgres::connection::open("postgresql://sesame:sesame@127.0.0.1:1/mail", 5s);
    REQUIRE_FALSE(unreachable.has_value());
    CHECK(unreachable.error().text.find("sesame") == std::string::npos);
}

TEST_CASE("each session waits for its commits as the options say", "[queue][postgres]") {
    auto session =
        postgres::connection::open(postgres_server::shared().url("public"), 10s, "local");
    REQUIRE(session.has_value());
    const postgres::statement asked{
        "asked", "SELECT (current_setting('synchronous_commit') = 'local')::int::bigint"
    };
    (*session)->add(asked);
    CHECK((*session)->run(10s)->front().number(0, 0) == 1);
}

TEST_CASE(
    "a batch in doubt that took the row of the one before away is no lost tail", "[queue][postgres]"
) {
    proxied world;
    auto& store = *world.process;
    REQUIRE(store.commit(mail(store.store().allocate(), "first")));
    world.proxy.cut_answer_to(commit_of_batch);
    REQUIRE(store.commit(mail(store.store().allocate(), "second")));
    world.told.await("written");
    CHECK_FALSE(world.told.heard("rolled back"));
}

TEST_CASE("claims that were in doubt begin anew when it is over", "[queue][postgres]") {
    proxied world;
    auto& store = *world.process;
    // Who asks what became of the batch finds that its claims are about to be over.
    world.queue.run(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN UPDATE entry SET lease_end = queue_now(); RETURN NEW; END$$;"
        "CREATE TRIGGER late BEFORE UPDATE ON written FOR EACH ROW EXECUTE FUNCTION late()"
    );
    world.proxy.cut_answer_to(commit_of_batch);
    REQUIRE(store.commit(mail(store.store().allocate(), "body")));
    world.told.await("written");
    CHECK(store.seen.deliveries(1).size() == 1);
    CHECK(world.queue.ask("SELECT min(lease_end - queue_now()) FROM entry") == 60'000);
}

TEST_CASE("a client that was refused in doubt gets no second copy", "[queue][postgres]") {
    proxied world(0ms);
    auto& store = *world.process;
    // The answer to COMMIT gets lost, and the client does not wait until it is known.
    auto made = mail(store.store().allocate(), "body");
    const auto id = made.mail.id;
    world.proxy.cut_answer_to(commit_of_batch);
    CHECK(store.commit(std::move(made)).error() == errc::failed);
    world.told.await("written");
    world.await_open();
    CHECK(world.stored(id) == 0);
    CHECK(times_announced(store, id) == 0);
    CHECK(store.totals() == store_totals{});
}

// Whoever gave it asks by its name, perhaps before it is known here what became of it.
TEST_CASE("a message with a name that was refused in doubt stays", "[queue][postgres]") {
    proxied world(0ms);
    auto& store = *world.process;
    auto made = mail(store.store().allocate(), "body");
    made.names = {"name"};
    made.names_are_new = GENERATE(false, true);
    made.mail.chunks = 2;
    const auto id = made.mail.id;
    REQUIRE(store.append(id, 0, "first chunk"));
    auto again = mail(store.store().allocate(), "body");
    again.names = made.names;
    again.names_are_new = true;
    world.proxy.cut_answer_to(commit_of_batch);
    CHECK(store.commit(std::move(made)).error() == errc::failed);
    world.told.await("written");
    world.await_open();
    CHECK(world.stored(id) == 1);
    CHECK(*store.find_names({"name"}) == queue::named_messages{id});
    store.store().discard(id, 1);  // as those do who were refused, however late
    CHECK(store.commit(mail(store.store().allocate(), "later")));
    CHECK(*store.read_chunk(id, 0) == "first chunk");
    CHECK(*store.read_chunk(id, 1) == "body");
    CHECK(store.commit(std::move(again)).error() == errc::known);
    CHECK(times_announced(store, id) == 1);
    CHECK(store.totals().messages == 2);
}

TEST_CASE("one request that the database refuses does not harm others", "[queue][postgres]") {
    postgres_queue shared;
    const auto process = shared.open();
    const auto bad = process->store().allocate();
    shared.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " IF NEW.id = " +
        std::to_string(bad.value()) +
        " THEN RAISE EXCEPTION 'not this one' USING ERRCODE = '22000'; END IF; RETURN NEW; END$$;"
        "CREATE TRIGGER picky BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION refuse()"
    );
    std::vector<std::future<bool>> outcomes;
    const auto commit = [&](queue::message_id id) {
        auto promise = std::make_shared<std::promise<bool>>();
        outcomes.push_back(promise->get_future());
        process->store().commit(mail(id, "body"), process->home, [promise](auto outcome) {
            promise->set_value(outcome.has_value());
        });
    };
    for (int i = 0; i < 20; ++i)
        commit(i == 10 ? bad : process->store().allocate());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        REQUIRE(outcomes[i].wait_for(20s) == std::future_status::ready);
        CHECK(outcomes[i].get() == (i != 10));
    }
    CHECK(process->seen.deliveries(19).size() == 19);
}

TEST_CASE("a schema that is more than one version newer is refused", "[queue][postgres]") {
    postgres_queue shared;
    shared.open();
    const auto newest = postgres::migrations().back().number;
    const int ahead = GENERATE(1, 2);
    shared.run("INSERT INTO schema_version VALUES (" + std::to_string(newest + ahead) + ")");
    const auto opened = postgres::postgres_store::open(shared.settings());
    CHECK(opened.has_value() == (ahead == 1));
    if (!opened) CHECK(opened.error().text.find("at most one version") != std::string::npos);
}

TEST_CASE("owners that start together make one schema", "[queue][postgres]") {
    postgres_queue shared;
    std::vector<std::future<std::string>> started;
    for (int i = 0; i < 4; ++i) {
        started.push_back(std::async(std::launch::async, [&] {
            const auto opened = postgres::postgres_store::open(shared.settings());
            return opened ? std::string() : opened.error().text;
        }));
    }
    for (auto& each : started)
        CHECK_THAT(each.get(), Catch::Matchers::Equals(""));
    const auto newest = postgres::migrations().back().number;
    CHECK(shared.ask("SELECT max(number) FROM schema_version") == newest);
    const auto count = static_cast<std::int64_t>(postgres::migrations().size());
    CHECK(shared.ask("SELECT count(*) FROM schema_version") == count);
}

TEST_CASE("no two owners give out the same id", "[queue][postgres]") {
    postgres_queue shared;
    const auto first = shared.open();
    const auto second = shared.open();
    std::set<queue::message_id> all;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 1000; ++i) {
            CHECK(all.insert(first->store().allocate()).second);
            CHECK(all.insert(second->store().allocate()).second);
        }
        first->totals();  // takes a new block
    }
}

TEST_CASE(
    "what is claimed under a clock that is wrong is due when it should be", "[queue][postgres]"
) {
    postgres_queue shared;
    const auto right = shared.open();
    auto settings = shared.settings();
    settings.now = [] { return noon + 24h; };  // a day ahead of the database
    auto opened = postgres::postgres_store::open(std::move(settings));
    REQUIRE(opened.has_value());
    postgres_owner wrong(std::move(*opened));

    auto made = mail(wrong.store().allocate(), "body");
    made.deliveries[0].due = noon + 24h + 1h;  // in an hour
    REQUIRE(wrong.commit(made));
    shared.pass(59min);
    right->claim(10);
    CHECK(right->seen.deliveries(0).empty());
    shared.pass(1min);
    right->claim(10);
    CHECK(right->seen.deliveries(1).front().due == noon + 1h);
}

TEST_CASE("errors of the server are sorted by what can be done", "[queue][postgres]") {
    using postgres::trouble;
    CHECK(postgres::trouble_of("40001") == trouble::conflict);
    CHECK(postgres::trouble_of("40P01") == trouble::conflict);
    CHECK(postgres::trouble_of("53100") == trouble::full);
    CHECK(postgres::trouble_of("53200") == trouble::full);
    CHECK(postgres::trouble_of("53300") == trouble::disconnected);
    CHECK(postgres::trouble_of("57P01") == trouble::disconnected);
    CHECK(postgres::trouble_of("25P03") == trouble::disconnected);
    CHECK(postgres::trouble_of("57014") == trouble::failing);
    CHECK(postgres::trouble_of("58030") == trouble::failing);
    CHECK(postgres::trouble_of("40003") == trouble::disconnected);
    CHECK(postgres::trouble_of("XX000") == trouble::refused);
    CHECK(postgres::trouble_of("25006") == trouble::disconnected);
    CHECK(postgres::trouble_of("08006") == trouble::disconnected);
    CHECK(postgres::trouble_of("23505") == trouble::refused);
    CHECK(postgres::trouble_of("") == trouble::refused);
    CHECK(postgres::one_line("ERROR:  a\n\tb\n") == "ERROR:  a  b");
}

TEST_CASE("an owner begins with the time of the database", "[queue][postgres]") {
    postgres_queue shared;
    const auto first = shared.open();
    shared.pass(48h);
    auto settings = shared.settings();
    const auto now = settings.now();
    std::vector<queue::time_point> told;
    settings.now = [] { return queue::time_point(); };
    settings.resume = [&told](queue::time_point time) { told.push_back(time); };
    REQUIRE(postgres::postgres_store::open(std::move(settings)).has_value());
    CHECK(told == std::vector{now});
}
