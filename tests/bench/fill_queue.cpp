// Fills a queue with mail that was deferred once, as a relay would have left it.
//
//   fill_queue DIRECTORY [--messages N] [--domains N] [--size BYTES] [--due-in SECONDS] [--over
//   SECONDS]
//
// The message number i is for user<i>@<domain>, due at some time within `over` after `due-in` from
// now. Domains are d<i>.dead.test, or the one given by --domain. Prints how many it stored, and how
// fast.
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <semaphore>
#include <string>

#include "queue/rocks/rocks_store.hpp"
#include "tests/bench/inline_home.hpp"

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

bool fill(queue::store& store, const wanted& given) {
    bench::inline_home home;
    std::counting_semaphore<> turn(at_once);
    std::atomic<bool> failed = false;
    const std::string body = "Subject: backlog\r\n\r\n" + std::string(given.size, 'x') + "\r\n";
    for (std::uint64_t i = 0; i < given.messages && !failed; ++i) {
        turn.acquire();
        store.commit(
            message(given, i, store.allocate(), body),
            home,
            [&](queue::result<void> outcome) {
                if (!outcome) failed = true;
                turn.release();
            }
        );
    }
    for (std::ptrdiff_t i = 0; i < at_once; ++i)
        turn.acquire();
    return !failed;
}

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
    CLI11_PARSE(app, argc, argv);

    metrics::all counts;
    auto opened = queue::rocks_store::open(options_of(given), counts.store, counts.queue);
    if (!opened.store) {
        std::fprintf(stderr, "%s\n", opened.why_not.c_str());
        return EXIT_FAILURE;
    }
    opened.store->set_listener([](auto) {});
    opened.store->start();
    const auto started = std::chrono::steady_clock::now();
    const bool stored = fill(*opened.store, given);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    opened.store->close();
    std::printf(
        "%llu messages in %.1f s\n", static_cast<unsigned long long>(given.messages), took.count()
    );
    return stored ? EXIT_SUCCESS : EXIT_FAILURE;
}
