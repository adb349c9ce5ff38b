#include "relay/app/other_queue.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>

#include "queue/rocks/rocks_store.hpp"
#include "relay/app/store_setup.hpp"
#include "relay/net/clock.hpp"
#include "relay/storage/awaited.hpp"

namespace kurir::app {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t other_memtables = 4UL << 20;
constexpr auto look_pause = 100ms;
constexpr auto writing_patience = 60s;

}  // namespace

struct other_queue::clock {
    // A new queue starts at the wall clock.
    std::atomic<std::int64_t> ahead = net::calendar_ahead().count();  // of ours, in milliseconds

    queue::time_point now() const { return net::wall_now() + std::chrono::milliseconds(ahead); }
    void go_on_from(queue::time_point last) { ahead = (last - net::wall_now()).count(); }
};

other_queue::other_queue() : clock_(std::make_shared<clock>()) {}

other_queue::~other_queue() {
    if (store_ != nullptr) store_->close();
}

base::result<std::unique_ptr<other_queue>, std::string> other_queue::open(
    const std::filesystem::path& folder, std::uint64_t free_min
) {
    std::unique_ptr<other_queue> made(new other_queue);
    queue::store_options options;
    options.directory = folder;
    options.memtables = other_memtables;
    options.readers = 1;
    options.recent_max = 0;
    options.free_min = free_min;
    options.spread = 0ms;
    options.now = [clock = made->clock_] { return clock->now(); };
    options.resume = [clock = made->clock_](queue::time_point last) { clock->go_on_from(last); };
    options.calendar = net::calendar_now;
    options.steady = [] { return net::clock::now().time_since_epoch(); };
    options.draw = [] { return 0.5; };  // for nothing: overdue mail is not spread
    auto observer = damage_observer(folder.string());
    observer.on_recovered = [queue = made.get()](std::uint64_t) {
        const std::lock_guard held(queue->mutex_);
        queue->read_ = true;
        queue->told_.notify_all();
    };
    auto opened = queue::rocks_store::open(
        std::move(options), made->counts_.store, made->counts_.queue, std::move(observer)
    );
    if (!opened.store) return {boost::system::in_place_error, std::move(opened.why_not)};
    made->store_ = std::move(opened.store);
    made->store_->set_listener([queue = made.get()](auto deliveries) {
        queue->announced(std::move(deliveries));
    });
    made->store_->set_change_listener({});
    made->store_->start();
    return {boost::system::in_place_value, std::move(made)};
}

void other_queue::announced(std::vector<queue::delivery> deliveries) {
    const std::lock_guard held(mutex_);
    for (auto& each : deliveries)
        waiting_.insert(std::move(each));
}

bool other_queue::read(const std::function<bool()>& is_over) {
    std::unique_lock held(mutex_);
    while (!read_ && !is_over())
        told_.wait_for(held, look_pause);
    return read_;
}

std::vector<queue::message_id> other_queue::ids() const {
    const std::lock_guard held(mutex_);
    std::set<queue::message_id> ids;
    waiting_.each([&](queue::backlog::slot item) { ids.insert(waiting_.id(item)); });
    return {ids.begin(), ids.end()};
}

std::vector<control::listed> other_queue::message(queue::message_id id) {
    auto stored = storage::awaited<queue::stored_envelopes>([&](auto& home, auto done) {
        store_->read_envelopes({id}, home, std::move(done));
    });
    std::vector<control::listed> all;
    if (!stored || stored->front() == nullptr) return all;
    const std::lock_guard held(mutex_);
    waiting_.each_of(id, [&](queue::backlog::slot item) {
        auto waiting = waiting_.at(item);
        auto chosen = waiting.recipients;
        all.push_back(
            {.item = item,
             .waiting = std::move(waiting),
             .chosen = std::move(chosen),
             .message = stored->front()}
        );
    });
    return all;
}

std::optional<std::string> other_queue::chunk(
    const queue::stored_message& message, std::uint32_t index
) {
    return storage::awaited_chunk(*store_, message, index);
}

bool other_queue::remove(
    const std::vector<control::listed>& deliveries, const std::function<bool()>& is_over
) {
    queue::settlement end;
    end.attempted = deliveries.front().waiting;
    for (const auto& each : deliveries) {
        if (&each != &deliveries.front()) end.others.push_back(each.waiting);
        std::ranges::copy(each.waiting.recipients, std::back_inserter(end.finished));
    }
    std::ranges::sort(end.finished);
    // A disk that can't be written keeps it waiting; closing ends it. What was taken is known by
    // its name the next time.
    const auto last = net::clock::now() + writing_patience;
    const auto removed = storage::awaited<void>(
        [&](auto& home, auto done) { store_->settle(std::move(end), home, std::move(done)); },
        [&] {
            if (is_over() || net::clock::now() > last) store_->close();
        }
    );
    if (!removed) return false;
    const std::lock_guard held(mutex_);
    for (const auto& each : deliveries)
        waiting_.erase(each.item);
    return true;
}

control::clock_reading other_queue::clocks() const {
    const auto now = clock_->now();
    return {.now = now, .calendar_ahead = net::calendar_now() - now};
}

}  // namespace kurir::app
