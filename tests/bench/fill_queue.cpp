// Fills a queue with mail that was deferred once, as a relay would have left it.
//
//   fill_queue DIRECTORY [--messages N] [--domains N] [--size BYTES] [--due-in SECONDS] [--over
//   SECONDS] [--mixed]
//
// The message number i is for user<i>@<domain>, due at some time within `over` after `due-in` from
// now. Domains are d<i>.dead.test, or the one given by --domain. With --mixed it is mail of all
// kinds (mixed_mail.hpp), whose size and priority are its own. Prints how many it stored, and how
// fast.
#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <semaphore>
#include <string>
#include <vector>

#include "queue/rocks/rocks_store.hpp"
#include "tests/bench/inline_home.hpp"
#include "tests/bench/mixed_mail.hpp"

namespace {

using namespace kurir;

struct wanted {
    std::string directory;
    std::uint64_t messages = 10'000;
    std::uint64_t domains = 1000;
    std::string domain;
    std::string priority = "normal";
    std::size_t size = 4096;
    int due_in = 3600;
    int over = 3600;
    bool mixed = false;
};

constexpr std::ptrdiff_t at_once = 512;

queue::time_point now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

queue::priority priority_of(const std::string& name) {
    if (name == "urgent") return queue::priority::urgent;
    return name == "bulk" ? queue::priority::bulk : queue::priority::normal;
}

queue::submission message(
    const wanted& given, std::uint64_t number, queue::message_id id, const std::string& body
) {
    thread_local std::mt19937_64 dice(1);
    std::uniform_int_distribution<int> any(0, std::max(given.over, 1) * 1000);
    const auto domain = given.domain.empty()
                            ? "d" + std::to_string(number % given.domains) + ".dead.test"
                            : given.domain;
    queue::submission made;
    made.mail.id = id;
    made.mail.reverse_path = "sender" + std::to_string(number % 100) + "@application.test";
    made.mail.recipients = {{"user" + std::to_string(number) + "@" + domain}};
    made.mail.received_at = now();
    made.mail.size = body.size();
    made.mail.header_size = 16;
    made.mail.chunks = 1;
    made.mail.client = "192.0.2.17";
    made.mail.session = "0123456789abcdef";
    made.deliveries.push_back({
        .id = id,
        .due = now() + std::chrono::seconds(given.due_in) + std::chrono::milliseconds(any(dice)),
        .recipients = {0},
        .domain = domain,
        .received_at = made.mail.received_at,
        .attempts = 1,
        .size = body.size(),
        .tenant = "192.0.2.0/24",
        .priority = priority_of(given.priority),
    });
    made.last_chunk = body;
    return made;
}

queue::store_options options_of(const wanted& given) {
    queue::store_options options;
    options.directory = given.directory;
    options.free_min = 0;
    options.reserve = 0;
    options.now = now;
    options.steady = [] {
        return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch());
    };
    options.draw = [] { return 0.5; };
    return options;
}

// Stores all messages, some hundreds at a time; what is mixed is tried once, unless it never was.
class filling {
public:
    filling(queue::owned_store& store, const wanted& given) : store_(store), given_(given) {
        store_.set_listener([this](std::vector<queue::delivery> announced) {
            if (!given_.mixed) return;
            for (const auto& each : announced)
                defer(each);
        });
    }

    bool run() {
        const std::string body =
            "Subject: backlog\r\n\r\n" + std::string(given_.size, 'x') + "\r\n";
        for (std::uint64_t i = 0; i < given_.messages && !failed_; ++i) {
            turn_.acquire();
            const auto id = store_.allocate();
            const bool is_over = !given_.mixed || !bench::was_tried(id);
            store_.commit(
                given_.mixed ? bench::mixed_message(mixture(), i, id, now())
                             : message(given_, i, id, body),
                home_,
                [this, is_over](queue::result<void> outcome) {
                    if (!outcome) failed_ = true;
                    if (is_over || !outcome) turn_.release();
                }
            );
        }
        for (std::ptrdiff_t i = 0; i < at_once; ++i)
            turn_.acquire();
        return !failed_;
    }

private:
    bench::mixture mixture() const {
        return {
            .domains = given_.domains,
            .due_in = std::chrono::seconds(given_.due_in),
            .over = std::chrono::seconds(given_.over),
        };
    }

    void defer(const queue::delivery& announced) {
        if (announced.attempts > 0 || !bench::was_tried(announced.id)) return;
        store_.settle(
            bench::failed_attempt(announced, now()),
            home_,
            [this](queue::result<void> outcome) {
                if (!outcome) failed_ = true;
                turn_.release();
            }
        );
    }

    queue::owned_store& store_;
    const wanted& given_;
    bench::inline_home home_;
    std::counting_semaphore<> turn_{at_once};
    std::atomic<bool> failed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    wanted given;
    CLI::App app("Fills a queue with mail that was deferred once.");
    app.add_option("directory", given.directory, "the queue; made if missing")->required();
    app.add_option("--messages", given.messages)->capture_default_str();
    app.add_option("--domains", given.domains, "how many d<i>.dead.test")->capture_default_str();
    app.add_option("--domain", given.domain, "one domain instead");
    app.add_option("--priority", given.priority)
        ->check(CLI::IsMember({"urgent", "normal", "bulk"}));
    app.add_option("--size", given.size, "bytes of the body")->capture_default_str();
    app.add_option("--due-in", given.due_in, "seconds from now")->capture_default_str();
    app.add_option("--over", given.over, "seconds over which they become due")
        ->capture_default_str();
    app.add_flag("--mixed", given.mixed, "of all kinds");
    CLI11_PARSE(app, argc, argv);

    metrics::all counts;
    auto opened = queue::rocks_store::open(options_of(given), counts.store, counts.queue);
    if (!opened.store) {
        std::fprintf(stderr, "%s\n", opened.why_not.c_str());
        return EXIT_FAILURE;
    }
    filling work(*opened.store, given);
    opened.store->start();
    const auto started = std::chrono::steady_clock::now();
    const bool stored = work.run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    opened.store->close();
    std::printf(
        "%llu messages in %.1f s\n", static_cast<unsigned long long>(given.messages), took.count()
    );
    return stored ? EXIT_SUCCESS : EXIT_FAILURE;
}
