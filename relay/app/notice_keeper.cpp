#include "relay/app/notice_keeper.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>

#include "metrics/thread_heap.hpp"
#include "relay/base/open_file.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"
#include "relay/storage/awaited.hpp"

namespace kurir::app {

namespace {

constexpr auto board_interval = std::chrono::seconds(2);

struct shared_list {
    queue::notice_kind kind;
    metrics::shared_list list;
};
constexpr std::array lists{
    shared_list{queue::notice_kind::suspension, metrics::shared_list::suspensions},
    shared_list{queue::notice_kind::suppression, metrics::shared_list::suppressions},
    shared_list{queue::notice_kind::unreachable, metrics::shared_list::destinations},
};

std::string_view word_of(queue::notice_kind kind) {
    switch (kind) {
        case queue::notice_kind::suspension:
            return "suspensions";
        case queue::notice_kind::suppression:
            return "suppressions";
        case queue::notice_kind::unreachable:
            return "destinations";
        case queue::notice_kind::limits:
            return "limits";
    }
    return "unknown";
}

}  // namespace

notice_keeper::notice_keeper(
    queue::shared_store& shared, const std::filesystem::path& folder, metrics::operators& counts
)
    : shared_(shared), file_(folder / "board"), counts_(counts) {}

notice_keeper::~notice_keeper() {
    stop();
}

bool notice_keeper::begin() {
    const auto kept = base::content_to_replace(file_);
    if (!kept) {
        log::event(log::level::error, "lifecycle")
            .with("what", "board_failed")
            .with("error", file_.string() + " can't be read: " + kept.error().message());
        return false;
    }
    copy_ = read_board_copy(*kept);
    if (const auto read = read_news(); !read) {
        log::event(log::level::error, "lifecycle")
            .with("what", "board_failed")
            .with(
                "error", "what other relays have decided can't be read: " + read.error().message()
            );
        return false;
    }
    log::event(log::level::info, "board").with("what", "read").with("notices", read_);
    is_started_ = true;
    post_waiting();
    return true;
}

void notice_keeper::start() {
    thread_.start([this] {
        metrics::claim_thread_heap();
        run();
    });
}

void notice_keeper::stop() {
    thread_.stop();
}

void notice_keeper::run() {
    auto lock = thread_.lock();
    while (thread_.wait_for(lock, board_interval, [this] { return urgent_; })) {
        urgent_ = false;
        lock.unlock();
        post_waiting();
        std::ignore = read_news();
        lock.lock();
    }
}

// --- what is decided here

void notice_keeper::intend() {
    const auto lock = thread_.lock();
    ++intents_;
    if (!copy_.is_behind) keep_copy(true);
}

void notice_keeper::post(std::vector<queue::notice> decided) {
    const auto lock = thread_.lock();
    --intents_;
    urgent_ = urgent_ || !decided.empty();
    put(std::move(decided));
    thread_.wake_one();
}

void notice_keeper::tell(std::vector<queue::notice> learnt) {
    const auto lock = thread_.lock();
    put(std::move(learnt));
}

void notice_keeper::put(std::vector<queue::notice> decided) {
    outbox_.put(std::move(decided), net::clock::now());
    publish();
}

void notice_keeper::publish() {
    for (const auto& [kind, list] : lists) {
        counts_.board_unposted_notices(list).set(static_cast<double>(outbox_.count(kind)));
    }
    std::chrono::duration<double> since{};
    if (const auto oldest = outbox_.oldest()) {
        const auto waited = net::clock::now() - *oldest;
        since = std::chrono::system_clock::now().time_since_epoch() - waited;
    }
    counts_.board_unposted_oldest_timestamp_seconds.set(since.count());
}

// If it can't be written, the lists can't be either, and nothing is decided.
void notice_keeper::keep_copy(bool is_behind) {
    copy_.is_behind = is_behind;
    std::ignore = base::replace_file(file_, text_of(copy_));
}

void notice_keeper::post_waiting() {
    for (;;) {
        notice_outbox::piece next;
        {
            const auto lock = thread_.lock();
            next = outbox_.front(queue::board_page_max, net::clock::now());
        }
        if (next.notices.empty()) break;
        const auto done = storage::awaited<void>([&](auto& home, auto completion) {
            shared_.post(next.notices, home, std::move(completion));
        });
        const auto lock = thread_.lock();
        if (!done) return tell_unposted(done.error().message());
        outbox_.posted(next);
        publish();
    }
    const auto lock = thread_.lock();
    if (outbox_.empty() && intents_ == 0 && copy_.is_behind) keep_copy(false);
    publish();  // what was over is not posted
    if (std::exchange(unposted_because_, {}).empty()) return;
    log::event(log::level::notice, "board").with("what", "posted");
}

std::string notice_keeper::trouble() const {
    const auto lock = thread_.lock();
    const auto count = outbox_.size() - outbox_.count(queue::notice_kind::limits);
    if (unposted_because_.empty() || count == 0) return {};
    return "other relays don't know yet what was decided here, " + std::to_string(count) +
           " in number: " + unposted_because_;
}

void notice_keeper::tell_unposted(const std::string& error) {
    publish();
    if (!std::exchange(unposted_because_, error).empty()) return;
    log::event(log::level::warning, "board")
        .with("what", "unposted")
        .with("notices", outbox_.size())
        .with("error", error)
        .with("advice", "they hold here, and on other relays when the database is back");
}

// --- what others have decided

queue::result<void> notice_keeper::read_news() {
    do {
        const auto page = storage::awaited<queue::board_page>([&](auto& home, auto completion) {
            shared_.read_board(place_, queue::board_page_max, home, std::move(completion));
        });
        if (!page) return page.error();
        take(*page);
    } while (!place_.complete && !thread_.stopping());
    return {};
}

void notice_keeper::take(const queue::board_page& page) {
    if (page.from_start) {
        whole_.emplace();
        // Once it has begun, it knows by its outbox what was not posted.
        auto copy = copy_;
        if (is_started_) copy.is_behind = false;
        standing_ = standing_to(page.board, copy);
        if (standing_ == board_standing::stranger) {
            for (auto* each : takers_)
                each->join();
        }
    }
    place_ = page.next;
    read_ += page.found.size();
    if (whole_) {
        for (const auto& each : page.found)
            whole_->add(each);
    }
    hand_out(page.found);
    if (whole_ && place_.complete) reconcile(page.board);
}

bool notice_keeper::is_waiting(queue::notice_kind kind, const std::string& key) const {
    const auto lock = thread_.lock();
    return outbox_.holds(kind, key);
}

// What is decided here and not posted comes after all that is on the board.
void notice_keeper::hand_out(const std::vector<queue::notice>& news) {
    const bool is_joining = whole_ && standing_ == board_standing::stranger;
    for (auto* taker : takers_) {
        std::vector<queue::notice> own;
        std::ranges::copy_if(news, std::back_inserter(own), [&](const queue::notice& each) {
            return each.kind == taker->kind() && !(each.removed && is_joining) &&
                   !is_waiting(each.kind, each.key);
        });
        if (!own.empty()) taker->take(own);
    }
}

// All of the board was read: what only we have is posted, or goes.
void notice_keeper::reconcile(const std::string& board) {
    whole_->seal();
    for (auto* taker : takers_) {
        const auto kind = taker->kind();
        auto beside = taker->beside([&](std::string_view key) {
            return whole_->has(kind, key) || is_waiting(kind, std::string(key));
        });
        if (beside.empty()) continue;
        const bool goes = standing_ == board_standing::copy;
        log::event(log::level::notice, "board")
            .with("what", goes ? "dropped" : "merged")
            .with("list", word_of(kind))
            .with("entries", beside.size());
        if (!goes) {
            const auto lock = thread_.lock();
            put(std::move(beside));
            continue;
        }
        for (auto& each : beside)
            each.removed = true;
        taker->take(beside);
    }
    whole_.reset();
    const auto lock = thread_.lock();
    copy_.board = board;
    keep_copy(!outbox_.empty() || intents_ > 0);
}

}  // namespace kurir::app
