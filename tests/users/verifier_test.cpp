// The pool that checks passwords: verdicts, what is remembered, what waits, and the end.
#include "relay/users/verifier.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "relay/users/check.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"
#include "tests/users/made_elsewhere.hpp"
#include "tests/users/start.hpp"

namespace asio = boost::asio;
using namespace kurir;
using namespace kurir::users;
using namespace std::chrono_literals;
using testing::start;
using tests::must_not_throw;

namespace {

std::shared_ptr<const user_table> table_of(const std::string& text) {
    return std::get<std::shared_ptr<const user_table>>(parse_users(text, users_source::file));
}

// Counts checks, notes what they are against, and holds them up while it is closed.
class gate {
public:
    bool check(const stored_secret& stored, std::string_view password) {
        std::unique_lock lock(mutex_);
        ++begun_;
        against_ = std::get<crypt_hash>(stored).text;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        return password == "pencil";
    }
    void close() {
        const std::lock_guard lock(mutex_);
        open_ = false;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait_for(std::size_t checks) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return begun_ >= checks; });
    }
    std::size_t begun() {
        const std::lock_guard lock(mutex_);
        return begun_;
    }
    std::string against() {
        const std::lock_guard lock(mutex_);
        return against_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
    std::size_t begun_ = 0;
    std::string against_;
};

verifier_settings with(gate& door, std::size_t threads = 1, std::size_t waiting = 128) {
    return {
        .threads = threads,
        .waiting_max = waiting,
        .check = [&door](
                     const stored_secret& stored, std::string_view password
                 ) { return door.check(stored, password); },
    };
}

asio::awaitable<void> ask(
    verifier& checker,
    std::string name,
    std::string password,
    net::clock::time_point now,
    std::optional<verdict>& found,
    std::thread::id& resumed_on
) {
    found = co_await checker.verify(std::move(name), sasl::secret(std::move(password)), now);
    resumed_on = std::this_thread::get_id();
}

// A session's login.
struct login {
    login(
        asio::io_context& context,
        verifier& checker,
        std::string name,
        std::string password,
        net::clock::time_point now = start
    ) {
        asio::co_spawn(
            context,
            ask(checker, std::move(name), std::move(password), now, found, resumed_on),
            must_not_throw
        );
    }
    login(const login&) = delete;
    login& operator=(const login&) = delete;

    std::optional<verdict> found;
    std::thread::id resumed_on;
};

verdict verdict_on(
    verifier& checker,
    const std::string& name,
    const std::string& password,
    net::clock::time_point now = start
) {
    asio::io_context context(1);
    const login one(context, checker, name, password, now);
    context.run();
    CHECK(one.resumed_on == std::this_thread::get_id());
    return one.found.value();
}

const std::string lines = "a:" + testing::crypt_hashes[4] + "\nb:" + testing::crypt_hashes[2] +
                          "\nc:" + testing::crypt_hashes[2] + "\n";

}  // namespace

TEST_CASE("a password is right or wrong, with the true hashes", "[users][verifier]") {
    verifier checker({.check = matches});
    checker.use(table_of(lines));
    CHECK(verdict_on(checker, "a", "pencil") == verdict::right);
    CHECK(verdict_on(checker, "b", "pencil") == verdict::right);
    CHECK(verdict_on(checker, "b", "pencils") == verdict::wrong);
    CHECK(verdict_on(checker, "nobody", "pencil") == verdict::wrong);
}

TEST_CASE(
    "an unknown name is checked against a typical line, and never let in", "[users][verifier]"
) {
    gate door;
    verifier checker(with(door));
    checker.use(table_of(lines));
    // The right password of the one whose line it is.
    CHECK(verdict_on(checker, "nobody", "pencil") == verdict::wrong);
    CHECK(door.begun() == 1);
    CHECK(door.against() == testing::crypt_hashes[2]);
    // Nothing of it is remembered.
    CHECK(verdict_on(checker, "nobody", "pencil") == verdict::wrong);
    CHECK(door.begun() == 2);
}

TEST_CASE("a hash gives way to the threads that serve", "[users][verifier]") {
    const int ours = ::getpriority(PRIO_PROCESS, 0);  // of this thread; more is less urgent
    int of_the_check = ours;
    int policy = -1;
    verifier checker({.threads = 1, .check = [&](const stored_secret&, std::string_view) {
                          of_the_check = ::getpriority(PRIO_PROCESS, 0);
                          policy = ::sched_getscheduler(0);
                          return true;
                      }});
    checker.use(table_of(lines));
    CHECK(verdict_on(checker, "a", "pencil") == verdict::right);
    CHECK(of_the_check == std::min(ours + 10, 19));
    CHECK(policy == SCHED_BATCH);
    CHECK(::getpriority(PRIO_PROCESS, 0) == ours);
    CHECK(::sched_getscheduler(0) == SCHED_OTHER);
}

TEST_CASE("without users nobody gets in", "[users][verifier]") {
    gate door;
    verifier checker(with(door));
    CHECK(verdict_on(checker, "a", "pencil") == verdict::wrong);
    CHECK(door.begun() == 0);
}

TEST_CASE(
    "a success is remembered for five minutes, for its password and its line", "[users][verifier]"
) {
    gate door;
    verifier checker(with(door));
    checker.use(table_of(lines));
    CHECK(verdict_on(checker, "a", "pencil") == verdict::right);
    CHECK(verdict_on(checker, "a", "pencil", start + 299s) == verdict::right);
    CHECK(door.begun() == 1);
    SECTION("not for another password") {
        CHECK(verdict_on(checker, "a", "pen") == verdict::wrong);
        CHECK(door.begun() == 2);
    }
    SECTION("not for another user, even one with the same hash") {
        CHECK(verdict_on(checker, "b", "pencil") == verdict::right);
        CHECK(door.begun() == 2);
        CHECK(verdict_on(checker, "c", "pencil") == verdict::right);
        CHECK(door.begun() == 3);
    }
    SECTION("not longer") {
        CHECK(verdict_on(checker, "a", "pencil", start + 5min) == verdict::right);
        CHECK(door.begun() == 2);
        CHECK(verdict_on(checker, "a", "pencil", start + 9min) == verdict::right);
        CHECK(door.begun() == 2);
    }
    SECTION("not for a line that has changed") {
        checker.use(table_of("a:" + testing::crypt_hashes[2]));
        CHECK(verdict_on(checker, "a", "pencil") == verdict::right);
        CHECK(door.begun() == 2);
    }
    SECTION("not for a user who is gone") {
        checker.use(table_of("b:" + testing::crypt_hashes[2]));
        CHECK(verdict_on(checker, "a", "pencil") == verdict::wrong);
    }
    SECTION("a wrong password is not remembered") {
        CHECK(verdict_on(checker, "a", "pen") == verdict::wrong);
        CHECK(verdict_on(checker, "a", "pen") == verdict::wrong);
        CHECK(door.begun() == 3);
    }
}

TEST_CASE("many logins of one user at once cost one check", "[users][verifier]") {
    gate door;
    verifier checker(with(door));
    checker.use(table_of(lines));
    asio::io_context context(1);
    door.close();
    std::vector<std::unique_ptr<login>> logins;
    for (int i = 0; i < 100; ++i)
        logins.push_back(std::make_unique<login>(context, checker, "a", "pencil"));
    context.poll();
    door.wait_for(1);
    door.open();
    context.run();
    for (const auto& each : logins)
        CHECK(each->found == verdict::right);
    CHECK(door.begun() == 1);
}

TEST_CASE("beyond what may wait it is busy, and afterwards no longer", "[users][verifier]") {
    gate door;
    verifier checker(with(door, 2, 4));
    checker.use(table_of(lines));
    CHECK(verdict_on(checker, "c", "pencil") == verdict::right);
    asio::io_context context(1);
    door.close();
    std::vector<std::unique_ptr<login>> logins;
    for (int i = 0; i < 6; ++i)
        logins.push_back(std::make_unique<login>(context, checker, "a", "wrong"));
    context.poll();
    door.wait_for(3);
    CHECK(logins[4]->found == verdict::busy);
    CHECK(logins[5]->found == verdict::busy);
    // Who was let in a moment ago does not wait.
    CHECK(verdict_on(checker, "c", "pencil") == verdict::right);
    door.open();
    context.run();
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(logins[i]->found == verdict::wrong);
    CHECK(verdict_on(checker, "a", "pencil") == verdict::right);
}

TEST_CASE("at the end those who wait are told so", "[users][verifier]") {
    gate door;
    asio::io_context context(1);
    auto checker = std::make_unique<verifier>(with(door));
    checker->use(table_of(lines));
    door.close();
    const login first(context, *checker, "a", "pencil");
    const login second(context, *checker, "b", "pencil");
    context.poll();
    door.wait_for(1);
    std::thread ending([&checker] { checker.reset(); });
    // The end waits for the check that runs, and no other begins.
    door.open();
    ending.join();
    context.run();
    CHECK(first.found == verdict::right);
    CHECK(second.found);
}

TEST_CASE("sessions on several threads, while users change", "[users][verifier]") {
    verifier checker({.threads = 3, .check = matches});
    checker.use(table_of(lines));
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&checker, &right, i] {
            for (int k = 0; k < 20; ++k) {
                asio::io_context context(1);
                std::optional<verdict> found;
                std::thread::id resumed_on;
                const std::string name(1, static_cast<char>('a' + (i + k) % 3));
                const std::string password = k % 4 == 0 ? "wrong" : "pencil";
                asio::co_spawn(
                    context, ask(checker, name, password, start, found, resumed_on), must_not_throw
                );
                context.run();
                if (found == verdict::right) ++right;
                (void)checker.keys_of(name);
            }
        });
    }
    for (int k = 0; k < 50; ++k)
        checker.use(table_of(lines));
    for (auto& thread : threads)
        thread.join();
    CHECK(right == 4 * 15);
}

TEST_CASE("SCRAM: keys are the user's, or fit nobody", "[users][verifier]") {
    verifier checker({.check = matches});
    checker.use(table_of(
        "a:{SCRAM-SHA-256}" + testing::scram_keys + "\nb:" + testing::crypt_hashes[4] + "\n"
    ));
    const auto own = checker.keys_of("a");
    CHECK(own == std::get<sasl::scram_keys>(checker.table()->find("a")->stored));
    const auto nobody = checker.keys_of("nobody");
    // As they look to a client, and asked again.
    CHECK(nobody.salt.size() == own.salt.size());
    CHECK(nobody.iterations == own.iterations);
    CHECK(checker.keys_of("nobody") == nobody);
    CHECK(checker.keys_of("somebody").salt != nobody.salt);
    // One who has another kind of line is as unknown.
    CHECK(checker.keys_of("b").salt.size() == own.salt.size());
}
