#include "relay/control/suspension_desk.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <tuple>
#include <utility>

#include "metrics/thread_heap.hpp"
#include "relay/base/open_file.hpp"
#include "relay/base/utc.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/done_on.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/draw.hpp"

namespace kurir::control {

namespace asio = boost::asio;
using outbound::operator_suspension;
using outbound::operator_suspensions;
using namespace std::chrono_literals;

namespace {

constexpr auto longest_sleep = std::chrono::milliseconds(1min);
constexpr double drawn_number_max = 9'999'999;
constexpr std::uintmax_t suspension_file_max = 16UL * 1024 * 1024;

void tell_suspension(
    const char* order,
    const operator_suspension& about,
    const std::string& author,
    const std::string& reason
) {
    log::event(log::level::notice, "admin")
        .with("what", order)
        .with("number", about.number)
        .with("selection", std::string(text_of(about.subject)) + '=' + about.pattern)
        .with("by", author)
        .with("because", reason)
        .with("until", base::utc_text(about.until));
}

std::string key_of(const operator_suspension& suspension) {
    return std::to_string(suspension.number);
}

queue::notice notice_of(const operator_suspension& suspension) {
    const auto left = suspension.until - net::calendar_now();
    return {
        .kind = queue::notice_kind::suspension,
        .key = key_of(suspension),
        .value = text_of(suspension),
        .left = std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(left)),
    };
}

queue::notice removal_of(const operator_suspension& suspension) {
    return {.kind = queue::notice_kind::suspension, .key = key_of(suspension), .removed = true};
}

std::optional<std::string> text_in_file(const std::filesystem::path& file) {
    std::error_code failed;
    if (!std::filesystem::is_regular_file(file, failed)) return std::nullopt;
    if (std::filesystem::file_size(file, failed) > suspension_file_max || failed) {
        return std::nullopt;
    }
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

}  // namespace

suspension_desk::suspension_desk(
    asio::any_io_executor executor,
    const std::filesystem::path& folder,
    outbound::dispatcher& dispatcher,
    outbound::shared_suspensions& senders,
    metrics::operators& counted,
    notice_board* board
)
    : file_(folder / "suspensions"),
      dispatcher_(dispatcher),
      senders_(senders),
      counted_(counted),
      board_(board),
      executor_(executor),
      tasks_(executor, log::internal_error("suspensions")),
      changed_(executor) {
    asio::post(thread_, metrics::claim_thread_heap);
}

suspension_desk::~suspension_desk() {
    thread_.join();
}

void suspension_desk::begin() {
    std::error_code failed;
    if (!std::filesystem::exists(file_, failed) && !failed) return;
    const auto text = text_in_file(file_);
    auto read = text ? read_suspension_record(*text) : std::nullopt;
    if (read) {
        record_ = std::move(*read);
        put_in_force();
        return;
    }
    const auto aside = file_.string() + ".damaged";
    std::filesystem::rename(file_, aside, failed);
    log::event(log::level::error, "suspensions")
        .with("what", "damaged")
        .with("file", file_.string())
        .with("kept_as", failed ? "" : aside)
        .with("advice", "nothing is suspended: see what the file says, and suspend it again");
}

void suspension_desk::start() {
    tasks_.spawn(watch());
}

asio::awaitable<void> suspension_desk::stop() {
    stopping_ = true;
    changed_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> suspension_desk::watch() {
    while (!stopping_) {
        const auto next = co_await net::ask<time_point>(
            thread_.get_executor(), [this](auto answer) { answer(end_those_over()); }
        );
        if (stopping_) co_return;
        if (std::exchange(has_news_, false)) continue;
        auto pause = longest_sleep;
        if (next) pause = std::clamp(*next - net::calendar_now(), 1ms, longest_sleep);
        changed_.expires_after(pause);
        std::ignore = co_await changed_.async_wait(net::as_result);
    }
}

// The dispatcher's thread does one thing after the other.
asio::awaitable<void> suspension_desk::until_in_force() {
    std::ignore =
        co_await net::ask<bool>(dispatcher_.executor(), [](auto answer) { answer(true); });
}

asio::awaitable<std::vector<operator_suspension>> suspension_desk::list() {
    co_return co_await net::ask<std::vector<operator_suspension>>(
        thread_.get_executor(), [this](auto answer) { answer(record_.all); }
    );
}

asio::awaitable<suspension_desk::outcome> suspension_desk::add(operator_suspension wanted) {
    auto added = co_await net::ask<outcome>(
        thread_.get_executor(),
        [this, wanted = std::move(wanted)](auto answer) { answer(add_now(wanted)); }
    );
    co_await until_in_force();
    has_news_ = true;
    changed_.cancel();
    co_return added;
}

asio::awaitable<suspension_desk::outcome> suspension_desk::end(
    std::uint64_t number, std::string ended_by, std::string because
) {
    auto ended = co_await net::ask<outcome>(
        thread_.get_executor(),
        [this, number, ended_by = std::move(ended_by), because = std::move(because)](auto answer) {
            answer(end_now(number, ended_by, because));
        }
    );
    co_await until_in_force();
    co_return ended;
}

suspension_desk::outcome suspension_desk::add_now(operator_suspension wanted) {
    using kind = suspension_refusal::kind;
    if (record_.all.size() >= suspensions_max) {
        return suspension_refusal{kind::full, "there are a thousand suspensions: end some"};
    }
    auto next = record_;
    wanted.number = next_number(next);
    next.all.push_back(wanted);
    notice_intent intent(board_);
    if (const auto failed = keep(std::move(next))) {
        return suspension_refusal{kind::disk, "it can't be written: " + failed.message()};
    }
    intent.post({notice_of(wanted)});
    put_in_force();
    tell_suspension("suspend", wanted, wanted.operator_name, wanted.reason);
    return wanted;
}

suspension_desk::outcome suspension_desk::end_now(
    std::uint64_t number, const std::string& ended_by, const std::string& because
) {
    using kind = suspension_refusal::kind;
    auto next = record_;
    const auto found = std::ranges::find(next.all, number, &operator_suspension::number);
    if (found == next.all.end()) {
        return suspension_refusal{
            kind::not_found, "there is no suspension " + std::to_string(number)
        };
    }
    auto ended = std::move(*found);
    next.all.erase(found);
    notice_intent intent(board_);
    if (const auto failed = keep(std::move(next))) {
        return suspension_refusal{kind::disk, "it can't be written: " + failed.message()};
    }
    intent.post({removal_of(ended)});
    put_in_force();
    tell_suspension("resume", ended, ended_by, because);
    return ended;
}

// Returns when the next one is over. If the file can't be written, those that are over end all the
// same: after a restart they are over, too.
suspension_desk::time_point suspension_desk::end_those_over() {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(net::calendar_now());
    const auto is_over = [now](const auto& each) { return each.until <= now; };
    std::vector<operator_suspension> over;
    std::ranges::copy_if(record_.all, std::back_inserter(over), is_over);
    if (!over.empty()) {
        auto next = record_;
        std::erase_if(next.all, is_over);
        if (keep(next)) record_ = std::move(next);
        put_in_force();
        for (const auto& each : over)
            tell_suspension("suspension_over", each, each.operator_name, each.reason);
    }
    const auto first = std::ranges::min_element(record_.all, {}, &operator_suspension::until);
    return first == record_.all.end() ? time_point() : time_point(first->until);
}

// Writes it, and only then has it.
std::error_code suspension_desk::keep(suspension_record next) {
    const auto failed = base::replace_file(file_, text_of(next));
    if (failed) {
        log::event(log::level::error, "suspensions")
            .with("what", "save_failed")
            .with("file", file_.string())
            .with("error", failed.message());
        return failed;
    }
    record_ = std::move(next);
    return {};
}

void suspension_desk::put_in_force() {
    const auto all = std::make_shared<const operator_suspensions>(record_.all);
    senders_.set(all);
    dispatcher_.set_suspensions(all);
    const auto oldest = std::ranges::min_element(record_.all, {}, &operator_suspension::since);
    const std::chrono::duration<double> since =
        oldest == record_.all.end() ? 0s : oldest->since.time_since_epoch();
    counted_.operator_suspensions.set(static_cast<double>(record_.all.size()));
    counted_.operator_suspension_oldest_timestamp_seconds.set(since.count());
}

// --- what other relays have

std::uint64_t suspension_desk::next_number(suspension_record& record) const {
    if (board_ == nullptr) return ++record.last;
    const auto is_taken = [&record](std::uint64_t number) {
        const auto found = std::ranges::find(record.all, number, &operator_suspension::number);
        return found != record.all.end();
    };
    std::uint64_t number = 0;
    do {
        number = 1 + static_cast<std::uint64_t>(outbound::draw() * drawn_number_max);
    } while (is_taken(number));
    record.last = std::max(record.last, number);
    return number;
}

void suspension_desk::take(const std::vector<queue::notice>& news) {
    net::done_on(thread_, [&] { take_now(news); });
    asio::post(executor_, [this] {
        has_news_ = true;
        changed_.cancel();
    });
}

// If the file can't be written, they are in force all the same: they are on the board.
void suspension_desk::take_now(const std::vector<queue::notice>& news) {
    const auto now = net::calendar_now();
    auto next = record_;
    std::vector<operator_suspension> begun;
    std::vector<operator_suspension> ended;
    for (const auto& each : news) {
        const auto known = std::ranges::find(next.all, each.key, key_of);
        auto read = each.removed ? std::nullopt : read_suspension(each.value);
        if (read && (key_of(*read) != each.key || read->until <= now)) read.reset();
        if (known != next.all.end()) {
            if (read && *read == *known) continue;
            if (!read && !each.removed) continue;
            if (!read) ended.push_back(*known);
            next.all.erase(known);
        }
        if (!read) continue;
        next.last = std::max(next.last, read->number);
        begun.push_back(*read);
        next.all.push_back(std::move(*read));
    }
    if (begun.empty() && ended.empty()) return;
    std::ranges::sort(next.all, {}, [](const operator_suspension& each) {
        return std::pair(each.since, each.number);
    });
    if (keep(next)) record_ = std::move(next);
    put_in_force();
    for (const auto& each : begun)
        tell_suspension("suspended_elsewhere", each, each.operator_name, each.reason);
    for (const auto& each : ended)
        tell_suspension("resumed_elsewhere", each, "", "");
}

std::vector<queue::notice> suspension_desk::beside(const known_keys& posted) {
    return net::done_on(thread_, [&] {
        std::vector<queue::notice> made;
        for (const auto& each : record_.all) {
            if (!posted(key_of(each))) made.push_back(notice_of(each));
        }
        return made;
    });
}

void suspension_desk::join() {
    net::done_on(thread_, [this] { join_now(); });
}

// Others may have given its numbers to something else.
void suspension_desk::join_now() {
    if (record_.all.empty()) return;
    auto next = record_;
    for (auto& each : next.all) {
        const auto before = each.number;
        each.number = next_number(next);
        log::event(log::level::notice, "suspensions")
            .with("what", "renumbered")
            .with("number", each.number)
            .with("before", before);
    }
    if (keep(next)) record_ = std::move(next);
    put_in_force();
}

}  // namespace kurir::control
