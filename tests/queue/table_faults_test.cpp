// Faults of the disk while RocksDB writes tables: its own threads write then, too, and an error
// that one of them meets must end neither the process nor the queue.
#include <set>
#include <string>

#include "queue/rocks/rocks_store.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/support/faulty_files.hpp"

using namespace tests;

namespace {

constexpr std::size_t body_size = 20'000;
constexpr std::size_t messages_sent = 40;

// So many messages that tables are written meanwhile. Returns those that were acknowledged.
std::set<queue::message_id> send_much(life& current) {
    std::set<queue::message_id> acknowledged;
    for (std::size_t i = 0; i < messages_sent; ++i) {
        const auto id = current.store().allocate();
        if (current.commit(mail(id, std::string(body_size, 'b')))) acknowledged.insert(id);
    }
    return acknowledged;
}

}  // namespace

TEST_CASE(
    "I1 whichever write fails while tables are written, all that counts is kept", "[queue][faults]"
) {
    constexpr int step = 7;
    const auto times = GENERATE(1, 3, 1 << 30);
    for (int nth = 1;; nth += step) {
        CAPTURE(times, nth);
        const temporary_directory home;
        const auto files = std::make_shared<faulty_files>();
        std::set<queue::message_id> acknowledged;
        {
            queue::store_options options;
            options.memtables = 256 << 10;
            life current(home.path(), options, files);
            current.start();
            files->fail(faulty_files::fault::io_error, nth, times);
            acknowledged = send_much(current);
            files->heal();
        }
        files->forget_unsynced();
        life after(home.path());
        after.start();
        for (const auto id : acknowledged) {
            const auto message = after.read(id);
            REQUIRE(message);
            CHECK((*message)->first_chunk.size() == body_size);
        }
        if (files->failures() == 0) {
            CHECK(acknowledged.size() == messages_sent);
            break;
        }
    }
}
