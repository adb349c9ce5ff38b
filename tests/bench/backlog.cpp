// The store under a backlog: what a long queue costs, and that it goes away.
//
//   backlog_bench [DIRECTORY [MESSAGES [BYTES [PARTS]]]]
//
// Fills a queue with MESSAGES deferred messages (100000) of BYTES (1024) to 100,000 domains, then
// prints: memory for each message, with the backlog and the schedule as the relay holds them; the
// time from opening to the first commit, and to the whole schedule; messages per second on top of
// the backlog, and with an empty queue; how long orders over all of it take; what the disk holds
// before and after the backlog has drained. Each part runs in a process of its own; PARTS names
// some of them: "fill,drain".
#include "queue/backlog.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "queue/rocks/rocks_store.hpp"
#include "queue/schedule.hpp"
#include "tests/bench/cpu_seconds.hpp"
#include "tests/bench/inline_home.hpp"

namespace {

using namespace kurir;
using namespace std::chrono_literals;

constexpr std::uint32_t domain_count = 100'000;
constexpr std::uint32_t sender_count = 1000;
constexpr std::string_view live_domain = "healthy.example";  // of mail on top of the backlog

queue::time_point wall_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

class stopwatch {
public:
    double seconds() const {
        const auto now = std::chrono::steady_clock::now();
        return std::chrono::duration<double>(now - started_).count();
    }

private:
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

double resident_mb() {
    std::ifstream statm("/proc/self/statm");
    double all = 0;
    double resident = 0;
    statm >> all >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

double disk_mb(const std::filesystem::path& directory) {
    double bytes = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(directory)) {
        std::error_code gone;
        const auto size = each.is_regular_file() ? each.file_size(gone) : 0;
        if (!gone && each.path().filename() != "reserve") bytes += static_cast<double>(size);
    }
    return bytes / 1e6;
}

struct settings {
    std::filesystem::path directory;
    std::uint32_t messages = 0;
    std::size_t bytes = 0;
};

queue::submission mail(
    queue::store& store, std::uint32_t number, std::string domain, std::size_t size
) {
    queue::submission made;
    made.mail.id = store.allocate();
    made.mail.reverse_path =
        "newsletter@sender" + std::to_string(number % sender_count) + ".example";
    made.mail.recipients = {{"somebody" + std::to_string(number) + "@" + domain}};
    made.mail.received_at = wall_now();
    made.mail.size = size;
    made.mail.header_size = 512;
    made.mail.chunks = 1;
    made.mail.client = "192.0.2.17";
    made.mail.session = "0123456789abcdef";
    made.mail.message_id_header = "<20260101." + std::to_string(number) + "@application.example>";
    made.deliveries.push_back({
        .id = made.mail.id,
        .due = made.mail.received_at,
        .recipients = {0},
        .domain = std::move(domain),
        .received_at = made.mail.received_at,
        .size = size,
        .tenant = "192.0.2.0/24",
    });
    made.last_chunk.assign(size, 'x');
    return made;
}

queue::settlement finished(queue::delivery attempted) {
    queue::settlement end;
    end.finished = attempted.recipients;
    end.attempted = std::move(attempted);
    return end;
}

// Between one and two hours from now, as if the attempts had been spread over an hour.
queue::settlement deferred(queue::delivery attempted) {
    queue::settlement end;
    end.unfinished.push_back({
        .index = 0,
        .attempts = 1,
        .last_attempt = wall_now(),
        .status = "4.4.1",
        .diagnostic = "connect to mx." + attempted.domain + ": connection timed out",
        .remote = {},
    });
    auto again = attempted;
    again.attempts = 1;
    const auto spread = attempted.id.value() * 0x9e3779b97f4a7c15ULL >> 42;  // 22 bits
    again.due = wall_now() + 1h + std::chrono::milliseconds(spread % 3'600'000);
    end.attempted = std::move(attempted);
    end.again.push_back(std::move(again));
    return end;
}

// An open store, and the relay's memory of what is deferred. What is due at once is settled at
// once.
class process {
public:
    explicit process(const settings& given) : given_(given) {
        queue::store_options options;
        options.directory = given.directory;
        options.now = wall_now;
        options.steady = [] {
            return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch());
        };
        options.draw = [] { return 0.5; };
        queue::store_observer told;
        told.on_recovered = [this](auto) {
            recovered_seconds_ = since_opening_.seconds();
            recovered_.release();
        };
        opened_ = queue::rocks_store::open(std::move(options), counts_.store, counts_.queue, told);
        if (!opened_.store) {
            std::fprintf(stderr, "%s\n", opened_.why_not.c_str());
            std::exit(EXIT_FAILURE);
        }
        store().set_listener([this](auto announced) { take(std::move(announced)); });
        store().start();
    }
    ~process() { store().close(); }

    queue::rocks_store& store() { return *opened_.store; }
    double await_recovery() {
        recovered_.acquire();
        return recovered_seconds_;
    }
    double since_opening() const { return since_opening_.seconds(); }

    // Commits one message and waits for it.
    void commit_one() {
        std::binary_semaphore stored{0};
        store().commit(mail(store(), 0, std::string(live_domain), given_.bytes), home_, [&](auto) {
            stored.release();
        });
        stored.acquire();
    }

    // Commits messages, `at_once` in the store's hands, until `enough` of those begun.
    void pour(const std::function<bool(std::uint32_t)>& enough, bool live) {
        constexpr int at_once = 256;
        std::uint32_t number = 0;
        for (; !enough(number); ++number) {
            turn_.acquire();
            auto domain = live ? std::string(live_domain)
                               : "domain" + std::to_string(number % domain_count) + ".example";
            store().commit(mail(store(), number, std::move(domain), given_.bytes), home_, [](auto) {
            });
        }
        for (int i = 0; i < at_once; ++i)
            turn_.acquire();
        turn_.release(at_once);
    }

    // Settles everything that is deferred as delivered, in the order in which it is due.
    std::size_t drain() {
        constexpr int at_once = 256;
        std::size_t count = 0;
        while (const auto next = schedule_.pop_due(queue::time_point::max())) {
            turn_.acquire();
            store().settle(finished(backlog_.at(*next)), home_, [this](auto) { turn_.release(); });
            backlog_.erase(*next);
            ++count;
        }
        for (int i = 0; i < at_once; ++i)
            turn_.acquire();
        turn_.release(at_once);
        return count;
    }

    queue::bulk_progress bulk(queue::bulk_order order) {
        std::binary_semaphore over{0};
        queue::bulk_progress end;
        store().bulk(std::move(order), home_, [&](const queue::bulk_progress& progress) {
            if (!progress.over) return;
            end = progress;
            over.release();
        });
        over.acquire();
        return end;
    }

private:
    void take(std::vector<queue::delivery> announced) {
        const std::lock_guard lock(mutex_);
        for (auto& each : announced) {
            if (each.attempts > 0) {
                schedule_.insert(backlog_.insert(std::move(each)));
                continue;
            }
            const bool live = each.domain == live_domain;
            store().settle(
                live ? finished(std::move(each)) : deferred(std::move(each)),
                home_,
                [this](auto) { turn_.release(); }
            );
        }
    }

    const settings given_;
    stopwatch since_opening_;
    metrics::all counts_;
    bench::inline_home home_;
    queue::opened_store opened_;
    std::counting_semaphore<> turn_{256};
    std::binary_semaphore recovered_{0};
    double recovered_seconds_ = 0;
    std::mutex mutex_;
    queue::backlog backlog_;
    queue::schedule schedule_{backlog_};
};

void fill(const settings& given) {
    process subject(given);
    subject.await_recovery();
    const stopwatch watch;
    const double cpu = bench::cpu_seconds();
    subject.pour([&](std::uint32_t begun) { return begun == given.messages; }, false);
    const auto count = static_cast<double>(given.messages);
    std::printf(
        "  filled and deferred: %.0f messages/s, %.1f us of CPU each, %.0f MB resident\n",
        count / watch.seconds(),
        (bench::cpu_seconds() - cpu) * 1e6 / count,
        resident_mb()
    );
}

void speed(process& subject, const char* circumstance) {
    const stopwatch watch;
    const double cpu = bench::cpu_seconds();
    std::uint32_t count = 0;
    subject.pour(
        [&](std::uint32_t begun) {
            count = begun;
            return watch.seconds() > 3;
        },
        true
    );
    std::printf(
        "  commit and settle %s: %.0f messages/s, %.1f us of CPU each\n",
        circumstance,
        count / watch.seconds(),
        (bench::cpu_seconds() - cpu) * 1e6 / count
    );
}

// Prints the memory of a relay's store with an empty queue, and its speed; the memory is the base
// of what a backlog costs.
void empty(const settings& given) {
    process subject(given);
    subject.await_recovery();
    speed(subject, "with an empty queue");
    std::printf("  %.0f MB resident\n", resident_mb());
}

void restart(const settings& given) {
    const double before = resident_mb();
    process subject(given);
    const double opened = subject.since_opening();
    subject.commit_one();
    const double committed = subject.since_opening();
    const double whole = subject.await_recovery();
    const double after = resident_mb();
    std::printf(
        "  restart: open after %.2f s, first commit after %.2f s, whole schedule after %.2f s\n"
        "  resident: %.0f MB more than before the opening, %.0f bytes for each message\n",
        opened,
        committed,
        whole,
        after - before,
        (after - before) * 1e6 / static_cast<double>(given.messages)
    );
    speed(subject, "on top of the backlog");
    std::printf("  %.0f MB resident\n", resident_mb());
}

void orders(const settings& given) {
    process subject(given);
    subject.await_recovery();
    using queue::bulk_action;
    const auto run = [&subject](const char* label, queue::bulk_order order) {
        order.operator_name = "bench";
        const double resident = resident_mb();
        const stopwatch watch;
        const auto progress = subject.bulk(std::move(order));
        std::printf(
            "  %s: %.2f s for %llu messages, %.0f MB more resident\n",
            label,
            watch.seconds(),
            static_cast<unsigned long long>(progress.done.messages),
            resident_mb() - resident
        );
    };
    const auto half =
        subject.store().totals().messages > 0 ? wall_now() - std::chrono::seconds(1) : wall_now();
    run("count all", {.action = bulk_action::count});
    run("count by sender", {bulk_action::count, {.reverse_path = "*@sender1.example"}});
    run("count by recipient", {bulk_action::count, {.recipient = "*@domain7.example"}});
    run("count by destination", {bulk_action::count, {.destination = "domain7.example"}});
    run("count by age", {bulk_action::count, {.received_before = half}});
    run("flush all", {.action = bulk_action::flush});
    run("remove by sender", {bulk_action::remove, {.reverse_path = "*@sender1.example"}});
    run("remove by destination", {bulk_action::remove, {.destination = "domain7.example"}});
}

void remove_tenth(const settings& given) {
    process subject(given);
    subject.await_recovery();
    const auto before = subject.store().totals().messages;
    const stopwatch watch;
    for (int sender = 10; sender < 20; ++sender) {
        subject.bulk({
            .action = queue::bulk_action::remove,
            .selection = {.reverse_path = "*@sender" + std::to_string(sender) + ".example"},
            .operator_name = "bench",
        });
    }
    std::printf(
        "  removed %llu messages of ten senders in %.2f s\n",
        static_cast<unsigned long long>(before - subject.store().totals().messages),
        watch.seconds()
    );
}

void drain(const settings& given) {
    process subject(given);
    subject.await_recovery();
    const double full = disk_mb(given.directory);
    const stopwatch watch;
    const double cpu = bench::cpu_seconds();
    const auto count = subject.drain();
    const double took = watch.seconds();
    std::printf(
        "  drained %zu messages: %.0f a second, %.1f us of CPU each; %llu left\n",
        count,
        static_cast<double>(count) / took,
        (bench::cpu_seconds() - cpu) * 1e6 / static_cast<double>(count),
        static_cast<unsigned long long>(subject.store().totals().messages)
    );
    std::printf("  disk: %.0f MB before, %.0f MB after", full, disk_mb(given.directory));
    for (int waited = 0; waited < 30 && disk_mb(given.directory) > 2; ++waited)
        std::this_thread::sleep_for(1s);
    std::printf(", %.0f MB a while later\n", disk_mb(given.directory));
}

// In a process of its own, so that nothing is left in memory of the parts before.
bool in_child(const settings& given, void (*part)(const settings&)) {
    std::fflush(stdout);
    const auto child = ::fork();
    if (child == 0) {
        part(given);
        std::fflush(stdout);
        std::_Exit(EXIT_SUCCESS);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [argc, argv](int at, const char* otherwise) {
        return argc > at ? argv[at] : otherwise;
    };
    const settings given{
        .directory = argument(1, "backlog_bench.queue"),
        .messages = static_cast<std::uint32_t>(std::atoi(argument(2, "100000"))),
        .bytes = static_cast<std::size_t>(std::atoll(argument(3, "1024"))),
    };
    std::printf(
        "%u messages of %zu bytes, %u domains\n", given.messages, given.bytes, domain_count
    );
    constexpr std::array<std::pair<std::string_view, void (*)(const settings&)>, 6> parts{{
        {"empty", empty},
        {"fill", fill},
        {"restart", restart},
        {"orders", orders},
        {"remove", remove_tenth},
        {"drain", drain},
    }};
    const std::string_view chosen = argument(4, "empty,fill,restart,orders,remove,drain");
    bool fine = true;
    for (const auto& [name, part] : parts) {
        if (chosen.find(name) != std::string_view::npos) fine = fine && in_child(given, part);
    }
    std::filesystem::remove_all(given.directory);
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
