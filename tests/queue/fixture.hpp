// A store in a temporary directory, called as if its calls were synchronous.
#pragma once

#include <unistd.h>

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
#include "tests/support/catch.hpp"

namespace tests {

using namespace kurir;
using namespace std::chrono_literals;

class temporary_directory {
public:
    temporary_directory() {
        // In memory if possible: these tests cut what was not synced themselves.
        const std::filesystem::path memory = "/dev/shm";
        const auto parent =
            ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
        auto name = (parent / "kurir-queue-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
        path_ = name;
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// Completions run on the thread of the store that posts them.
class inline_home final : public queue::completion_queue {
public:
    void post(std::vector<std::function<void()>> completions) override {
        ++posts;
        for (auto& each : completions)
            each();
    }
    std::atomic<int> posts{0};
};

// What the listener and the observer of a store were told.
class witness {
public:
    void announced(std::vector<queue::delivery> more) {
        const std::lock_guard lock(mutex_);
        for (auto& each : more)
            deliveries_.push_back(std::move(each));
        changed_.notify_all();
    }
    void removed(std::vector<queue::removal> more) {
        const std::lock_guard lock(mutex_);
        std::move(more.begin(), more.end(), std::back_inserter(removed_));
    }
    void moved(std::vector<queue::delivery> more) {
        const std::lock_guard lock(mutex_);
        std::move(more.begin(), more.end(), std::back_inserter(moved_));
    }
    std::vector<queue::removal> removed() {
        const std::lock_guard lock(mutex_);
        return removed_;
    }
    std::vector<queue::delivery> moved() {
        const std::lock_guard lock(mutex_);
        return moved_;
    }
    void note(std::string what) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(std::move(what));
        changed_.notify_all();
    }

    // Everything announced so far, once there are `count`; fails the test if they don't come.
    std::vector<queue::delivery> deliveries(std::size_t count) {
        std::unique_lock lock(mutex_);
        const auto enough = [&] { return deliveries_.size() >= count; };
        REQUIRE(changed_.wait_for(lock, patience, enough));
        return deliveries_;
    }
    void await(const std::string& what) {
        std::unique_lock lock(mutex_);
        const auto noted = [&] {
            return std::any_of(notes_.begin(), notes_.end(), [&](const std::string& each) {
                return each.starts_with(what);
            });
        };
        INFO("waiting for " << what);
        REQUIRE(changed_.wait_for(lock, patience, noted));
    }
    // Until it holds; looked at whenever something is noted.
    void await(const std::function<bool()>& claim) {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, patience, claim));
    }
    bool heard(const std::string& what) {
        const std::lock_guard lock(mutex_);
        return std::any_of(notes_.begin(), notes_.end(), [&](const std::string& each) {
            return each.starts_with(what);
        });
    }

    queue::store_observer observer() {
        queue::store_observer told;
        told.on_quarantined = [this](auto key, auto reason) {
            note("quarantined " + std::string(key) + ": " + std::string(reason));
        };
        told.on_wal_damage = [this](auto copy, auto) { note("wal damage " + std::string(copy)); };
        told.on_reopening = [this](auto cause) { note("reopening: " + std::string(cause)); };
        told.on_reopened = [this] { note("reopened"); };
        told.on_unreadable = [this](auto cause) { note("unreadable: " + std::string(cause)); };
        told.on_doubtful_folder = [this](auto doubt) { note("doubt " + std::string(doubt)); };
        told.on_waiting = [this](auto holder) { note("waiting " + std::string(holder)); };
        told.on_space = [this](bool full, auto) { note(full ? "full" : "space again"); };
        told.on_reclaimed = [this](auto, auto) { note("reclaimed"); };
        told.on_recovered = [this](auto n) { note("recovered " + std::to_string(n)); };
        return told;
    }

private:
    static constexpr auto patience = 20s;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<queue::delivery> deliveries_;
    std::vector<std::string> notes_;
    std::vector<queue::removal> removed_;
    std::vector<queue::delivery> moved_;
};

// One life of a store: from its opening to its close.
class life {
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
            std::move(options), counts.store, counts.queue, seen.observer()
        );
    }
    life(const life&) = delete;
    life& operator=(const life&) = delete;
    ~life() {
        if (opened_.store) opened_.store->close();
    }

    bool opened() const { return opened_.store != nullptr; }
    const std::string& why_not() const { return opened_.why_not; }
    queue::rocks_store& store() {
        INFO(opened_.why_not);
        REQUIRE(opened_.store);
        return *opened_.store;
    }

    // Starts, and waits until everything in the queue was announced.
    life& start() {
        store().set_listener([this](auto deliveries) { seen.announced(std::move(deliveries)); });
        store().set_change_listener({
            .removed = [this](auto changes) { seen.removed(std::move(changes)); },
            .moved = [this](auto changes) { seen.moved(std::move(changes)); },
        });
        store().start();
        seen.await("recovered");
        return *this;
    }
    void close() { store().close(); }

    queue::result<void> commit(queue::submission message) {
        return wait<void>([&](auto done) { store().commit(std::move(message), home, done); });
    }
    queue::result<void> settle(queue::settlement end) {
        return wait<void>([&](auto done) { store().settle(std::move(end), home, done); });
    }
    // Carries out an order, and tells how it ended.
    queue::bulk_progress bulk(queue::bulk_order order) {
        auto promise = std::make_shared<std::promise<queue::bulk_progress>>();
        auto future = promise->get_future();
        store().bulk(std::move(order), home, [promise](const queue::bulk_progress& how) {
            if (how.over) promise->set_value(how);
        });
        REQUIRE(future.wait_for(20s) == std::future_status::ready);
        return future.get();
    }
    queue::result<void> append(queue::message_id id, std::uint32_t index, std::string bytes) {
        return wait<void>([&](auto done) {
            store().append(id, index, std::move(bytes), home, done);
        });
    }
    queue::result<std::shared_ptr<const queue::stored_message>> read(queue::message_id id) {
        using message = std::shared_ptr<const queue::stored_message>;
        return wait<message>([&](auto done) { store().read(id, home, done); });
    }
    queue::result<std::string> read_chunk(queue::message_id id, std::uint32_t index) {
        return wait<std::string>([&](auto done) { store().read_chunk(id, index, home, done); });
    }

    std::optional<queue::time_point> resumed;  // the clock that was on record
    metrics::all counts;
    witness seen;
    inline_home home;

private:
    template <class T, class Call>
    queue::result<T> wait(Call call) {
        auto promise = std::make_shared<std::promise<queue::result<T>>>();
        auto future = promise->get_future();
        call([promise](queue::result<T> how) { promise->set_value(std::move(how)); });
        REQUIRE(future.wait_for(20s) == std::future_status::ready);
        return future.get();
    }

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
    all.sender = "192.0.2.1/32";
    for (std::uint32_t i = 0; i < recipients; ++i) {
        made.mail.recipients.push_back("r" + std::to_string(i) + "@example.com");
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

// Commits so many messages without waiting for one before the next, and waits for all.
inline void commit_many(life& now, int count) {
    std::atomic<int> left{count};
    std::promise<void> over;
    for (int i = 0; i < count; ++i) {
        now.store().commit(mail(now.store().allocate(), "body"), now.home, [&](auto how) {
            if (how && --left == 0) over.set_value();
        });
    }
    REQUIRE(over.get_future().wait_for(20s) == std::future_status::ready);
}

}  // namespace tests
