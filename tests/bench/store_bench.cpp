// How fast the store takes messages in and lets them go: synced batches, small messages, no
// network.
//
//   store_bench [DIRECTORY [SECONDS [BATCH [BYTES]]]]
//
// BATCH messages are in the store's hands at any time; each is committed, and settled as soon as it
// has been announced. Prints messages per second, and the CPU time that each took in the whole
// process.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <semaphore>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "queue/rocks/rocks_store.hpp"
#include "tests/bench/cpu_seconds.hpp"
#include "tests/bench/inline_home.hpp"

namespace {

using namespace kurir;

struct run {
    queue::store& store;
    bench::inline_home home{};
    std::string body;
    std::counting_semaphore<> turn;
    std::atomic<std::uint64_t> settled{0};
    std::atomic<std::uint64_t> failed{0};

    void commit_one(queue::time_point now) {
        queue::submission mail;
        mail.mail.id = store.allocate();
        mail.mail.reverse_path = "newsletter@application.example";
        mail.mail.recipients = {{"somebody@remote.example"}};
        mail.mail.received_at = now;
        mail.mail.size = body.size();
        mail.mail.header_size = 512;
        mail.mail.chunks = 1;
        mail.mail.client = "192.0.2.17";
        mail.mail.session = "0123456789abcdef";
        mail.mail.message_id_header = "<20260101.1@application.example>";
        mail.deliveries.push_back({
            .id = mail.mail.id,
            .due = now,
            .recipients = {0},
            .domain = "remote.example",
            .received_at = now,
            .size = body.size(),
            .tenant = "192.0.2.0/24",
        });
        mail.last_chunk = body;
        store.commit(std::move(mail), home, [this](queue::result<void> outcome) {
            if (outcome) return;
            ++failed;
            turn.release();
        });
    }

    void settle(std::vector<queue::delivery> announced) {
        for (auto& each : announced) {
            queue::settlement end;
            end.attempted = std::move(each);
            end.finished = {0};
            store.settle(std::move(end), home, [this](queue::result<void> outcome) {
                ++(outcome ? settled : failed);
                turn.release();
            });
        }
    }
};

queue::store_options options_for(const std::filesystem::path& directory) {
    using namespace std::chrono;
    queue::store_options options;
    options.directory = directory;
    options.now = [] { return floor<milliseconds>(system_clock::now()); };
    options.steady = [] { return nanoseconds(steady_clock::now().time_since_epoch()); };
    options.draw = [] { return 0.5; };
    return options;
}

int measure(const std::filesystem::path& directory, double seconds, int batch, std::size_t bytes) {
    metrics::all counts;
    auto opened = queue::rocks_store::open(options_for(directory), counts.store, counts.queue);
    if (!opened.store) {
        std::fprintf(stderr, "%s\n", opened.why_not.c_str());
        return EXIT_FAILURE;
    }
    run subject{.store = *opened.store, .body = std::string(bytes, 'x'), .turn{batch}};
    opened.store->set_listener([&subject](auto announced) { subject.settle(std::move(announced)); }
    );
    opened.store->start();

    const auto options = options_for(directory);
    const auto started = options.steady();
    const double cpu_before = bench::cpu_seconds();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(options.steady() - started).count();
    };
    while (elapsed() < seconds) {
        subject.turn.acquire();
        subject.commit_one(options.now());
    }
    for (int i = 0; i < batch; ++i)
        subject.turn.acquire();
    const double took = elapsed();
    const auto done = static_cast<double>(subject.settled.load());
    std::printf(
        "%.0f messages of %zu bytes, %d at a time: %.0f messages/s, %.1f us of CPU each, "
        "%.1f a sync, %llu failed\n",
        done,
        bytes,
        batch,
        done / took,
        (bench::cpu_seconds() - cpu_before) * 1e6 / done,
        counts.store.store_sync_batch_size.sum() /
            static_cast<double>(counts.store.store_sync_batch_size.count()),
        static_cast<unsigned long long>(subject.failed.load())
    );
    opened.store->close();
    return subject.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [argc, argv](int at, const char* otherwise) {
        return argc > at ? argv[at] : otherwise;
    };
    const std::filesystem::path directory = argument(1, "store_bench.queue");
    const double seconds = std::atof(argument(2, "3"));
    const int batch = std::atoi(argument(3, "64"));
    const auto bytes = static_cast<std::size_t>(std::atoll(argument(4, "4096")));
    const int result = measure(directory, seconds, batch, bytes);
    std::filesystem::remove_all(directory);
    return result;
}
