// Relays that share decisions, over a queue in memory whose board can be out of reach.
#include "relay/app/notice_keeper.hpp"

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "metrics/metrics.hpp"
#include "queue/completing.hpp"
#include "relay/base/worker_threads.hpp"
#include "relay/storage/awaited.hpp"
#include "tests/queue/memory_owner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_lines.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
namespace storage = kurir::storage;
using tests::all_of;

namespace {

using list_entries = std::map<std::string, std::string>;

// A list of addresses, as a desk keeps it: what it has outlives the keeper.
class kept_list final : public control::notice_taker {
public:
    explicit kept_list(list_entries before = {}) : all_(std::move(before)) {}

    queue::notice_kind kind() const override { return queue::notice_kind::suppression; }
    void take(const std::vector<queue::notice>& news) override {
        const std::lock_guard lock(mutex_);
        for (const auto& each : news) {
            if (each.removed) {
                all_.erase(each.key);
            } else {
                all_[each.key] = each.value;
            }
        }
        changed_.notify_all();
    }
    std::vector<queue::notice> beside(const known_keys& posted) override {
        std::vector<queue::notice> made;
        for (const auto& [key, value] : all()) {
            if (!posted(key)) made.push_back({.kind = kind(), .key = key, .value = value});
        }
        return made;
    }
    void join() override { ++joins; }

    list_entries all() const {
        const std::lock_guard lock(mutex_);
        return all_;
    }
    bool becomes(const list_entries& wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 30s, [&] { return all_ == wanted; });
    }
    // As an operator orders it.
    void decide(
        control::notice_board& board, const std::string& key, const std::string& value = "x"
    ) {
        control::notice_intent intent(&board);
        const queue::notice made{
            .kind = kind(), .key = key, .value = value, .removed = value.empty()
        };
        take({made});
        intent.post({made});
    }

    std::atomic<int> joins = 0;

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    list_entries all_;
};

// What an owner has of a queue, with a board that may be out of reach.
class distant_board final : public queue::shared_store {
public:
    explicit distant_board(tests::memory_queue& shared) : owner_(shared) {}

    void browse(
        queue::entry_name first,
        std::size_t limit,
        queue::completion_queue& home,
        queue::completion<queue::other_entries> done
    ) override {
        owner_.shared().browse(first, limit, home, std::move(done));
    }
    void find(
        std::vector<queue::message_id> ids,
        queue::completion_queue& home,
        queue::completion<std::vector<queue::other_entry>> done
    ) override {
        owner_.shared().find(std::move(ids), home, std::move(done));
    }
    void take(
        std::vector<queue::entry_name> names,
        queue::completion_queue& home,
        queue::completion<std::size_t> done
    ) override {
        owner_.shared().take(std::move(names), home, std::move(done));
    }
    void nodes(queue::completion_queue& home, queue::completion<std::vector<queue::node>> done)
        override {
        owner_.shared().nodes(home, std::move(done));
    }
    void heard_nodes(
        queue::completion_queue& home, queue::completion<std::vector<queue::node>> done
    ) override {
        owner_.shared().heard_nodes(home, std::move(done));
    }
    void tell_nodes(
        queue::node_telling telling,
        queue::completion_queue& home,
        queue::completion<queue::node_hearing> done
    ) override {
        owner_.shared().tell_nodes(std::move(telling), home, std::move(done));
    }
    void post(
        std::vector<queue::notice> notices,
        queue::completion_queue& home,
        queue::completion<void> done
    ) override {
        largest = std::max(largest.load(), notices.size());
        if (is_away) return queue::complete<void>(home, std::move(done), queue::errc::closed);
        owner_.shared().post(std::move(notices), home, std::move(done));
    }
    void read_board(
        queue::board_place last,
        std::size_t limit,
        queue::completion_queue& home,
        queue::completion<queue::board_page> done
    ) override {
        using page = queue::board_page;
        if (is_away) return queue::complete<page>(home, std::move(done), queue::errc::closed);
        owner_.shared().read_board(last, limit, home, std::move(done));
    }

    void draw_tokens(
        queue::token_request request,
        queue::completion_queue& home,
        queue::completion<queue::token_grant> done
    ) override {
        owner_.shared().draw_tokens(std::move(request), home, std::move(done));
    }

    std::atomic<bool> is_away = false;
    std::atomic<std::size_t> largest = 0;  // notices posted together

private:
    tests::memory_owner owner_;
};

// A relay with its folder: what is in both outlives its process.
struct sharing_relay {
    explicit sharing_relay(tests::memory_queue& shared, list_entries before = {})
        : board(shared), list(std::move(before)) {}

    bool begin() {
        keeper = std::make_unique<app::notice_keeper>(board, folder.path(), counts.operators);
        keeper->add(list);
        return keeper->begin();
    }
    void run() {
        REQUIRE(begin());
        keeper->start();
    }

    // On the board, as another relay would.
    void remove(const std::string& key) {
        const auto done = storage::awaited<void>([&](auto& home, auto completion) {
            board.post(
                {{.kind = list.kind(), .key = key, .removed = true}}, home, std::move(completion)
            );
        });
        REQUIRE(done);
        REQUIRE(begin());
    }

    // What the metrics say waits to be posted.
    double waiting() {
        return counts.operators.board_unposted_notices(metrics::shared_list::suppressions).value();
    }
    double waiting_since() {
        return counts.operators.board_unposted_oldest_timestamp_seconds.value();
    }

    tests::temporary_directory folder;
    metrics::all counts;
    distant_board board;
    kept_list list;
    std::unique_ptr<app::notice_keeper> keeper;
};

// Whether it becomes so within a time that is long for a machine, and short for a person.
bool soon(const std::function<bool()>& wanted) {
    base::worker_threads nobody;
    for (int tries = 0; tries < 3000; ++tries) {
        if (wanted()) return true;
        nobody.pause(10ms);
    }
    return false;
}

tests::memory_queue shared_memory() {
    return {[] { return queue::time_point(1h); }, 1min};
}

}  // namespace

TEST_CASE("what one relay decides reaches the others", "[app]") {
    tests::memory_queue shared = shared_memory();
    sharing_relay first(shared);
    sharing_relay second(shared);
    first.run();
    second.run();
    first.list.decide(*first.keeper, "ann");
    second.list.decide(*second.keeper, "bob");
    const list_entries both{{"ann", "x"}, {"bob", "x"}};
    CHECK(first.list.becomes(both));
    CHECK(second.list.becomes(both));
    second.list.decide(*second.keeper, "ann", "");
    CHECK(first.list.becomes({{"bob", "x"}}));
}

TEST_CASE("all of it is there before a relay begins, in pages", "[app]") {
    tests::memory_queue shared = shared_memory();
    list_entries many;
    for (int i = 0; i < 2500; ++i)
        many.emplace("user" + std::to_string(i), "x");
    sharing_relay first(shared, many);
    REQUIRE(first.begin());  // it joins
    CHECK(first.board.largest == queue::board_page_max);
    sharing_relay second(shared);
    REQUIRE(second.begin());
    CHECK(second.list.all() == many);
}

TEST_CASE("a relay that joins brings what it has, once", "[app]") {
    const log::capture captured;
    tests::memory_queue shared = shared_memory();
    sharing_relay first(shared);
    REQUIRE(first.begin());
    first.list.decide(*first.keeper, "ann");
    first.list.decide(*first.keeper, "carl");
    REQUIRE(first.begin());  // a new process posts what was not
    first.remove("carl");
    // The board's word counts where both have one; what others removed says nothing of its list.
    sharing_relay joining(shared, {{"ann", "other"}, {"bob", "own"}, {"carl", "own"}});
    REQUIRE(joining.begin());
    const list_entries all{{"ann", "x"}, {"bob", "own"}, {"carl", "own"}};
    CHECK(joining.list.all() == all);
    CHECK(joining.list.joins == 1);
    CHECK_THAT(all_of(captured), ContainsSubstring(R"("what":"merged","list":"suppressions")"));
    REQUIRE(first.begin());
    CHECK(first.list.all() == all);

    first.remove("bob");
    REQUIRE(joining.begin());
    CHECK(joining.list.all() == list_entries{{"ann", "x"}, {"carl", "own"}});
    CHECK(joining.list.joins == 1);
}

TEST_CASE("what was decided and not posted is posted by the next process", "[app]") {
    tests::memory_queue shared = shared_memory();
    sharing_relay first(shared);
    sharing_relay second(shared);
    REQUIRE(first.begin());
    REQUIRE(second.begin());
    first.board.is_away = true;
    first.list.decide(*first.keeper, "ann");
    first.keeper.reset();
    first.board.is_away = false;
    second.list.decide(*second.keeper, "bob");
    REQUIRE(second.begin());
    REQUIRE(first.begin());
    REQUIRE(second.begin());
    const list_entries both{{"ann", "x"}, {"bob", "x"}};
    CHECK(first.list.all() == both);
    CHECK(second.list.all() == both);
}

TEST_CASE("one that ends between its file and its post has not lost it", "[app]") {
    tests::memory_queue shared = shared_memory();
    sharing_relay first(shared);
    REQUIRE(first.begin());
    first.keeper->intend();
    first.list.take({{.kind = first.list.kind(), .key = "ann", .value = "x"}});
    REQUIRE(first.begin());  // it was killed here
    sharing_relay second(shared);
    REQUIRE(second.begin());
    CHECK(second.list.all() == list_entries{{"ann", "x"}});
}

TEST_CASE("decisions hold without a database, and are posted when it is back", "[app]") {
    const log::capture captured;
    tests::memory_queue shared = shared_memory();
    sharing_relay first(shared);
    sharing_relay second(shared);
    first.run();
    second.run();
    first.board.is_away = true;
    first.list.decide(*first.keeper, "ann");
    CHECK(first.list.all() == list_entries{{"ann", "x"}});
    first.board.is_away = false;
    first.list.decide(*first.keeper, "bob");
    CHECK(second.list.becomes({{"ann", "x"}, {"bob", "x"}}));
}

TEST_CASE("what others don't know yet is counted and told", "[app]") {
    const log::capture captured;
    tests::memory_queue shared = shared_memory();
    sharing_relay first(shared);
    first.run();
    CHECK(first.waiting() == 0);
    CHECK(first.waiting_since() == 0);
    first.board.is_away = true;
    const auto before = std::chrono::system_clock::now().time_since_epoch();
    first.list.decide(*first.keeper, "ann");
    first.list.decide(*first.keeper, "bob");
    CHECK(first.waiting() == 2);
    const std::chrono::duration<double> since(first.waiting_since());
    CHECK(since > before - 1h);  // the calendar's, however it is set meanwhile
    CHECK(soon([&] { return !first.keeper->trouble().empty(); }));
    CHECK_THAT(first.keeper->trouble(), ContainsSubstring("2 in number"));
    first.board.is_away = false;
    CHECK(soon([&] { return first.waiting() == 0; }));
    CHECK(soon([&] { return first.keeper->trouble().empty(); }));
    CHECK(first.waiting_since() == 0);
}

TEST_CASE("without a database there is no beginning", "[app]") {
    const log::capture captured;
    tests::memory_queue shared = shared_memory();
    sharing_relay first(shared, {{"ann", "x"}});
    first.board.is_away = true;
    CHECK_FALSE(first.begin());
    CHECK_THAT(all_of(captured), ContainsSubstring("board_failed"));
    CHECK(first.list.all() == list_entries{{"ann", "x"}});
}
