// A store in a temporary directory, called as if its calls were synchronous.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/rocks/rocks_store.hpp"
#include "tests/queue/deliveries.hpp"
#include "tests/queue/owner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tests {

using namespace kurir;
using namespace std::chrono_literals;

// Passes everything that a store observes to a witness.
inline queue::store_observer observer_of(witness& seen) {
    queue::store_observer told;
    told.on_quarantined = [&seen](auto key, auto reason) {
        seen.note("quarantined " + std::string(key) + ": " + std::string(reason));
    };
    told.on_newer = [&seen](auto id, auto reason) {
        seen.note("newer " + std::string(id) + ": " + std::string(reason));
    };
    told.on_wal_damage = [&seen](auto copy, auto) { seen.note("wal damage " + std::string(copy)); };
    told.on_reopening = [&seen](auto cause) { seen.note("reopening: " + std::string(cause)); };
    told.on_reopened = [&seen] { seen.note("reopened"); };
    told.on_unreadable = [&seen](auto cause) { seen.note("unreadable: " + std::string(cause)); };
    told.on_doubtful_folder = [&seen](auto doubt) { seen.note("doubt " + std::string(doubt)); };
    told.on_waiting = [&seen](auto holder) { seen.note("waiting " + std::string(holder)); };
    told.on_space = [&seen](bool full, auto) { seen.note(full ? "full" : "space again"); };
    told.on_reclaimed = [&seen](auto, auto) { seen.note("reclaimed"); };
    told.on_recovered = [&seen](auto n) { seen.note("recovered " + std::to_string(n)); };
    return told;
}

// One life of a store: from its opening to its close.
class life final : public owner {
public:
    explicit life(const std::filesystem::path& directory, queue::store_options options = {})
        : life(directory, std::move(options), nullptr) {}

    life(
        const std::filesystem::path& directory,
        queue::store_options options,
        std::shared_ptr<rocksdb::FileSystem> files
    ) {
        options.directory = directory;
        if (!options.now) options.now = [] { return noon; };
        options.resume = [this](queue::time_point last) { resumed = last; };
        options.steady = [] {
            return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch());
        };
        if (!options.draw) options.draw = [] { return 0.5; };
        if (options.free_min == queue::store_options{}.free_min) options.free_min = 0;
        if (options.reserve == queue::store_options{}.reserve) options.reserve = 0;
        options.reopen_min = 1ms;
        options.reopen_max = 5ms;
        options.file_system = std::move(files);
        opened_ = queue::rocks_store::open(
            std::move(options), counts.store, counts.queue, observer_of(seen)
        );
    }
    ~life() override {
        if (opened_.store) opened_.store->close();
    }

    bool opened() const { return opened_.store != nullptr; }
    const std::string& why_not() const { return opened_.why_not; }
    queue::rocks_store& store() override {
        INFO(opened_.why_not);
        REQUIRE(opened_.store);
        return *opened_.store;
    }

    // Starts, and waits until everything in the queue was announced.
    life& start() {
        listen();
        store().start();
        seen.await("recovered");
        return *this;
    }
    std::optional<queue::time_point> resumed;  // the clock that was on record
    metrics::all counts;

private:
    queue::opened_store opened_;
};

// A message of one chunk to `recipients` addresses of one domain, due at noon.
inline queue::submission mail(queue::message_id id, std::string body, std::size_t recipients = 1) {
    queue::submission made;
    made.mail.id = id;
    made.mail.reverse_path = "sender@example.org";
    made.mail.received_at = noon;
    made.mail.size = body.size();
    made.mail.header_size = 3;
    made.mail.chunks = 1;
    made.mail.client = "192.0.2.1";
    made.mail.session = "s1";
    queue::delivery all;
    all.id = id;
    all.due = noon;
    all.domain = "example.com";
    all.received_at = noon;
    all.size = body.size();
    all.tenant = "192.0.2.1/32";
    for (std::uint32_t i = 0; i < recipients; ++i) {
        made.mail.recipients.push_back({.address = "r" + std::to_string(i) + "@example.com"});
        all.recipients.push_back(i);
    }
    made.deliveries.push_back(std::move(all));
    made.last_chunk = std::move(body);
    return made;
}

// The end of an attempt that finished every recipient.
inline queue::settlement all_finished(const queue::delivery& attempted) {
    queue::settlement end;
    end.attempted = attempted;
    end.finished = attempted.recipients;
    return end;
}

// The end of an attempt that finished none; they come again at `due`.
inline queue::settlement all_deferred(const queue::delivery& attempted, queue::time_point due) {
    queue::settlement end;
    end.attempted = attempted;
    auto again = attempted;
    again.due = due;
    ++again.attempts;
    for (const auto recipient : attempted.recipients) {
        end.unfinished.push_back({
            .index = recipient,
            .attempts = again.attempts,
            .last_attempt = noon,
            .status = "4.2.2",
            .diagnostic = "452 mailbox full",
            .remote = "mx.example.com",
        });
    }
    end.again.push_back(std::move(again));
    return end;
}

// Commits `count` messages without waiting in between, then waits for all.
inline void commit_many(life& current, int count) {
    std::atomic<int> left{count};
    std::promise<void> over;
    for (int i = 0; i < count; ++i) {
        current.store()
            .commit(mail(current.store().allocate(), "body"), current.home, [&](auto outcome) {
                if (outcome && --left == 0) over.set_value();
            });
    }
    REQUIRE(over.get_future().wait_for(20s) == std::future_status::ready);
}

}  // namespace tests
