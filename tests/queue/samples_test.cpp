// Queues as earlier versions of the format left them: each must open, with every message, state and
// byte, and become one of this version.
//
// tests/queue/samples/v<n> was written by the version whose format is n; README.md there says how.
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "queue/codec.hpp"
#include "queue/id_source.hpp"
#include "queue/rocks/database.hpp"
#include "queue/rocks/keys.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/full_values.hpp"
#include "tests/queue/inventory.hpp"
#include "tests/support/faulty_files.hpp"

using namespace tests;

namespace {

const auto samples = std::filesystem::path(__FILE__).parent_path() / "samples";

// The sample's messages: one of one chunk, one of three, one tried and partly finished, a bounce of
// one that failed, one with everything that format 3 can store, and one that is only in the log.
struct sample_mail {
    queue::submission plain;
    queue::submission large;  // its chunks before the last: `large_chunks`
    queue::submission several;
    queue::submission bounce;
    std::optional<queue::submission> rich;
    queue::submission late;
    std::vector<queue::recipient_state> states;  // of `several`
    queue::delivery again;                       // of `several`, what is left of its first delivery
};

const std::vector<std::string> large_chunks{"the first chunk, ", "the second "};
const std::string unknown_item = "\xc0\x84\x3d\x01?";  // of tag 1,000,000
const std::string event_text = "a bounce could not be delivered: sample";

queue::submission from(queue::message_id id, std::string body, queue::priority priority) {
    auto made = mail(id, std::move(body));
    made.mail.needs = {.eight_bit = true, .smtputf8 = false, .longest_line = 78};
    made.mail.message_id_header = "<" + id.text() + "@example.org>";
    made.deliveries[0].due = noon + 1h;
    made.deliveries[0].priority = priority;
    return made;
}

queue::submission to_two_domains(queue::message_id id) {
    auto made = mail(id, "a\r\n\r\nto several", 4);
    auto other = made.deliveries[0];
    made.mail.recipients[2].address = "r2@example.net";
    made.mail.recipients[3].address = "r3@example.net";
    made.deliveries[0].recipients = {0, 1};
    other.recipients = {2, 3};
    other.domain = "example.net";
    other.priority = queue::priority::bulk;
    made.deliveries.push_back(std::move(other));
    return made;
}

// With a field of each kind, a body outside the tables, and an item that no version knows.
queue::submission rich_mail(queue::message_id id) {
    auto made = mail(id, std::string(2000, 'r'), 3);
    fill_fields_of_format_3(made.mail);
    auto terms = terms_of_format_3();
    terms.unknown_items = unknown_item;
    made.deliveries[0].due = noon + 2h;
    made.deliveries[0].terms = std::move(terms);
    return made;
}

// What the sample holds, with ids given out by a store whose clock stands at noon.
sample_mail make_sample(const std::function<queue::message_id()>& first_life) {
    sample_mail made;
    made.plain = from(first_life(), "a\r\n\r\nplain\r\n", queue::priority::urgent);
    made.large = from(first_life(), "and the last", queue::priority::bulk);
    made.large.mail.chunks = 3;
    made.large.mail.size = 40;
    made.several = to_two_domains(first_life());
    made.bounce = from(first_life(), "a\r\n\r\nbounce\r\n", queue::priority::normal);
    made.bounce.mail.origin = queue::origin::dsn;
    made.bounce.mail.reverse_path.clear();
    made.states = {{
        .index = 1,
        .attempts = 1,
        .last_attempt = noon + 1min,
        .status = "4.2.2",
        .diagnostic = "452 mailbox full",
        .remote = "mx.example.com",
    }};
    made.again = made.several.deliveries[0];
    made.again.recipients = {1};
    made.again.attempts = 1;
    made.again.due = noon + 10min;
    return made;
}

queue::submission late_mail(queue::message_id id) {
    return from(id, "a\r\n\r\nlate\r\n", queue::priority::normal);
}

// The first life's messages end up in tables, the second's in the log.
void write_sample(const std::filesystem::path& home) {
    {
        life first(home);
        first.start();
        const auto sample = make_sample([&] { return first.store().allocate(); });
        REQUIRE(first.commit(sample.plain));
        REQUIRE(first.append(sample.large.mail.id, 0, large_chunks[0]));
        REQUIRE(first.append(sample.large.mail.id, 1, large_chunks[1]));
        REQUIRE(first.commit(sample.large));
        REQUIRE(first.commit(sample.several));
        REQUIRE(first.settle({
            .attempted = first.seen.deliveries(4)[2],
            .finished = {0},
            .unfinished = sample.states,
            .again = {sample.again},
            .bounce = {},
            .event = {},
        }));
        REQUIRE(first.commit(mail(first.store().allocate(), "fails")));
        auto failed = all_finished(first.seen.deliveries(6)[5]);
        failed.bounce = sample.bounce;
        failed.event = event_text;
        REQUIRE(first.settle(std::move(failed)));
        REQUIRE(first.commit(rich_mail(first.store().allocate())));
    }
    life second(home);
    second.start();
    REQUIRE(second.commit(late_mail(second.store().allocate())));
    REQUIRE(second.append(second.store().allocate(), 0, "never committed"));
}

// The same ids as a store whose clock stands at noon gives out in its two lives.
sample_mail expected(int format) {
    queue::message_id floor;
    const auto ceiling = queue::id_source::first_ceiling(floor, noon);
    queue::id_source first(floor, ceiling);
    auto sample = make_sample([&] { return first.next(noon); });
    first.next(noon);  // of the one that failed
    first.next(noon);  // of the event
    if (format >= 3) sample.rich = rich_mail(first.next(noon));
    queue::id_source second(ceiling, queue::id_source::first_ceiling(ceiling, noon));
    sample.late = late_mail(second.next(noon));
    return sample;
}

// As version `format` can tell of it: the first knew no priorities.
std::vector<queue::delivery> expected_deliveries(const sample_mail& sample, int format) {
    std::vector<queue::delivery> all{
        sample.plain.deliveries[0],
        sample.large.deliveries[0],
        sample.again,
        sample.several.deliveries[1],
        sample.bounce.deliveries[0],
        sample.late.deliveries[0],
    };
    if (sample.rich) all.push_back(sample.rich->deliveries[0]);
    for (auto& each : all) {
        each.entry = entry_at(each.due, each.recipients.front());
        if (format == 1) each.priority = queue::priority::normal;
    }
    return all;
}

void check_message(life& current, const queue::submission& stored) {
    CAPTURE(stored.last_chunk);
    const auto message = current.read(stored.mail.id);
    REQUIRE(message);
    CHECK((*message)->mail == stored.mail);
    if (stored.mail.chunks == 1) CHECK((*message)->first_chunk == stored.last_chunk);
}

void check_contents(life& current, const sample_mail& sample, int format) {
    for (const auto* each :
         {&sample.plain, &sample.large, &sample.several, &sample.bounce, &sample.late}) {
        check_message(current, *each);
    }
    if (sample.rich) check_message(current, *sample.rich);
    CHECK((*current.read(sample.several.mail.id))->states == sample.states);
    const auto large = sample.large.mail.id;
    CHECK(*current.read_chunk(large, 0) == large_chunks[0]);
    CHECK(*current.read_chunk(large, 1) == large_chunks[1]);
    CHECK(*current.read_chunk(large, 2) == sample.large.last_chunk);

    const auto deliveries = expected_deliveries(sample, format);
    const auto announced = current.seen.deliveries(deliveries.size());
    CHECK(announced.size() == deliveries.size());
    for (const auto& each : deliveries) {
        CAPTURE(each.id.text());
        CHECK(std::find(announced.begin(), announced.end(), each) != announced.end());
    }
    CHECK(current.store().totals().messages == (sample.rich ? 6 : 5));
    CHECK(current.store().totals().recipients == (sample.rich ? 10 : 7));
}

// Each delivery is deferred, and a message of this version is stored beside the old ones.
queue::submission use_queue(life& current, const std::vector<queue::delivery>& deliveries) {
    for (const auto& each : deliveries)
        REQUIRE(current.settle(all_deferred(each, noon + 3h)));
    auto added = rich_mail(current.store().allocate());
    REQUIRE(current.commit(added));
    return added;
}

// What was read from old records and written again says the same as before.
void check_deferred(
    const std::vector<queue::delivery>& found, std::vector<queue::delivery> before
) {
    for (auto& each : before) {
        CAPTURE(each.id.text());
        each.due = noon + 3h;
        each.entry = queue::name_of_entry(each.due, each.recipients.front());
        ++each.attempts;
        CHECK(std::find(found.begin(), found.end(), each) != found.end());
    }
}

void copy_sample(int format, const std::filesystem::path& home) {
    const auto sample = samples / ("v" + std::to_string(format));
    std::filesystem::copy(sample, home, std::filesystem::copy_options::recursive);
}

std::map<std::string, std::string> files_below(const std::filesystem::path& directory) {
    std::map<std::string, std::string> found;
    for (const auto& each : std::filesystem::recursive_directory_iterator(directory)) {
        if (!each.is_regular_file()) continue;
        std::ifstream in(each.path(), std::ios::binary);
        found[each.path().string()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return found;
}

}  // namespace

TEST_CASE("a queue of every earlier format opens with all that is in it", "[queue][samples]") {
    const int format = GENERATE(range(1, queue::format_version + 1));
    CAPTURE(format);
    const temporary_directory home;
    copy_sample(format, home.path());
    const auto sample = expected(format);
    for (int lives = 0; lives < 2; ++lives) {
        life current(home.path());
        current.start();
        check_contents(current, sample, format);
    }
    CHECK(look(home.path()).format == queue::format_version);
    CHECK(look(home.path()).events == std::set<std::string>{event_text});
    const auto deliveries = expected_deliveries(sample, format);
    {
        life mixed(home.path());
        mixed.start();
        static_cast<void>(use_queue(mixed, mixed.seen.deliveries(deliveries.size())));
    }
    {
        life last(home.path());
        last.start();
        const auto announced = last.seen.deliveries(deliveries.size() + 1);
        check_deferred(announced, deliveries);
        for (const auto& each : announced)
            REQUIRE(last.settle(all_finished(each)));
        CHECK(last.store().totals() == queue::store_totals{});
    }
    CHECK(look(home.path()).records.empty());
    CHECK(look(home.path()).events.size() == 1);
}

TEST_CASE("a queue of a newer format is refused, and nothing of it changes", "[queue][samples]") {
    const temporary_directory home;
    {
        life first(home.path());
        first.start();
        REQUIRE(first.commit(mail(first.store().allocate(), "body")));
    }
    {
        queue::store_options options;
        options.directory = home.path();
        options.now = [] { return noon; };
        const auto opened = queue::database::open(options, {});
        REQUIRE(opened.handle);
        std::string record;
        queue::encode_numbers({queue::format_version + 1}, record);
        auto& db = *opened.handle;
        REQUIRE(db->Put({}, db.handle_of(queue::family::meta), "format", record).ok());
    }
    const auto before = files_below(home.path() / "db");
    const life refused(home.path());
    CHECK_FALSE(refused.opened());
    CHECK(
        refused.why_not().find("it is of format 4, and this version knows formats up to 3") !=
        std::string::npos
    );
    CHECK(files_below(home.path() / "db") == before);
}

TEST_CASE("an upgrade that a crash interrupts is begun anew", "[queue][samples]") {
    // The store's operations up to the write that says the new format, and the ones after it.
    const int format = GENERATE(range(1, static_cast<int>(queue::format_version)));
    CAPTURE(format);
    for (int nth = 1;; ++nth) {
        CAPTURE(nth);
        const temporary_directory home;
        copy_sample(format, home.path());
        const auto files = std::make_shared<faulty_files>();
        files->fail(faulty_files::fault::io_error, nth, 1'000'000);
        const bool upgraded = life(home.path(), {}, files).opened();
        files->forget_unsynced();
        const auto left = look(home.path()).format;
        CHECK(
            (left == queue::format_version || (left == static_cast<unsigned>(format) && !upgraded))
        );

        life after(home.path());
        after.start();
        check_contents(after, expected(format), format);
        if (upgraded) break;
    }
}

TEST_CASE("old records and new ones stand together whenever the power fails", "[queue][samples]") {
    const int format = GENERATE(range(1, static_cast<int>(queue::format_version)));
    const auto deliveries = expected_deliveries(expected(format), format);
    for (std::size_t rewritten = 0; rewritten <= deliveries.size(); ++rewritten) {
        CAPTURE(format, rewritten);
        const temporary_directory home;
        copy_sample(format, home.path());
        const auto files = std::make_shared<faulty_files>();
        auto again = deliveries;
        again.resize(rewritten);
        queue::submission added;
        {
            life current(home.path(), {}, files);
            added = use_queue(current.start(), again);
        }
        files->forget_unsynced();

        life after(home.path());
        const auto announced = after.start().seen.deliveries(deliveries.size() + 1);
        CHECK(announced.size() == deliveries.size() + 1);
        check_deferred(announced, again);
        for (std::size_t i = rewritten; i < deliveries.size(); ++i)
            CHECK(std::find(announced.begin(), announced.end(), deliveries[i]) != announced.end());
        check_message(after, added);
    }
}

// Not a test: writes a sample of this version to the directory that KURIR_SAMPLE names.
TEST_CASE("write a sample", "[.write_sample]") {
    const char* home = std::getenv("KURIR_SAMPLE");
    REQUIRE(home != nullptr);
    write_sample(home);
}
