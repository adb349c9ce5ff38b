#include "queue/postgres/result_journal.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "queue/failpoint.hpp"
#include "queue/postgres/journal_text.hpp"
#include "queue/settlement_codec.hpp"

namespace kurir::queue::postgres {

namespace {

using steady = std::chrono::steady_clock;

// How large the file may grow while something in it is open all the time: then it is written anew.
constexpr std::uint64_t size_max = 64ULL << 20;

std::error_code system_error_now() {
    return {errno, std::generic_category()};
}

}  // namespace

std::error_code result_journal::open(std::vector<result>& left) {
    const auto& path = settings_.journal;
    if (path.empty()) return {};
    const auto text = base::content_to_replace(path);
    if (!text) return text.error();
    auto found = text->empty() ? journal_content() : read_journal(*text);
    if (found.damaged > 0) {
        if (const auto error = base::replace_file(damaged_path(), *text)) return error;
        settings_.observer.on_journal_damaged(damaged_path().string(), found.damaged);
    }
    std::string kept(journal_head);
    for (auto& each : found.ends) {
        std::string record;
        encode(each, record);
        append_framed(kept, record);
        open_.emplace(++last_, open_result{std::move(record), steady::now()});
        left.push_back({.journal = last_, .end = std::move(each)});
    }
    on_disk_ = last_;
    if (const auto error = replace(kept)) return error;
    size_ = kept.size();
    works_ = true;
    return {};
}

void result_journal::start() {
    if (works_) thread_.start([this] { run(); });
}

void result_journal::stop(bool forgets) {
    {
        const auto lock = thread_.lock();
        forgets_ = forgets;
    }
    thread_.stop();
}

result_journal::number result_journal::add(const settlement& end) {
    if (!works_) return 0;
    open_result made{.record = {}, .since = steady::now()};
    encode(end, made.record);
    const auto lock = thread_.lock();
    open_.emplace(++last_, std::move(made));
    if (waits_ || away_) thread_.wake_one();
    return last_;
}

void result_journal::settled(const std::vector<number>& written) {
    if (!works_ || written.empty()) return;
    const auto lock = thread_.lock();
    for (const auto each : written)
        open_.erase(each);
    if (waits_ && is_obsolete()) thread_.wake_one();
}

void result_journal::set_away(bool away) {
    const auto lock = thread_.lock();
    away_ = away;
    thread_.wake_one();
}

// True if the file has records, and none of them is open.
bool result_journal::is_obsolete() const {
    return size_ > journal_head.size() && (open_.empty() || open_.begin()->first > on_disk_);
}

// --- the thread

void result_journal::run() {
    auto lock = thread_.lock();
    while (!thread_.stopping(lock)) {
        if (is_obsolete()) empty_file();
        if (!has_unwritten()) {
            note_works();  // what could not be written need not be any more
            waits_ = true;
            thread_.wait(lock, [this] { return has_unwritten() || is_obsolete(); });
            waits_ = false;
            continue;
        }
        const auto& oldest = open_.upper_bound(on_disk_)->second;
        const auto due = away_ ? oldest.since : oldest.since + settings_.journal_after;
        const auto pause = std::max(due, not_before_) - steady::now();
        if (pause > pause.zero()) {
            thread_.wait_for(lock, pause, [this, was = away_] { return away_ != was; });
        } else {
            write_down(lock);
        }
    }
    if (has_unwritten() && !forgets_) write_down(lock);
    if (is_obsolete()) empty_file();
}

void result_journal::write_down(base::worker_threads::guard& lock) {
    const bool anew = size_ > size_max;
    const auto first = anew ? open_.begin() : open_.upper_bound(on_disk_);
    std::string text(anew ? journal_head : std::string_view());
    for (auto at = first; at != open_.end(); ++at)
        append_framed(text, at->second.record);
    const auto up_to = last_;
    lock.unlock();
    const auto error = anew ? replace(text) : append(text);
    lock.lock();
    if (error) {
        not_before_ = steady::now() + settings_.failure_pause;
        if (!std::exchange(failing_, true)) {
            settings_.observer.on_journal_failed(error.message());
        }
        return;
    }
    note_works();
    size_ = anew ? text.size() : size_ + text.size();
    on_disk_ = up_to;
}

// What was left of a failed write goes first.
std::error_code result_journal::append(std::string_view text) {
    if (::ftruncate(file_->number, static_cast<::off_t>(size_)) != 0) return system_error_now();
    if (const auto error = base::write_all(file_->number, text)) return error;
    failpoint("result_written");
    const auto error = base::sync(file_->number);
    failpoint("result_synced");
    return error;
}

std::error_code result_journal::replace(const std::string& text) {
    const auto& path = settings_.journal;
    if (const auto error = base::replace_file(path, text, base::for_group_too)) return error;
    auto opened = std::make_unique<base::open_file>(path, O_WRONLY | O_APPEND);
    if (opened->number < 0) return system_error_now();
    file_ = std::move(opened);
    return {};
}

// Without a sync: a record that comes back after a power cut says what the database knows already.
void result_journal::empty_file() {
    if (::ftruncate(file_->number, static_cast<::off_t>(journal_head.size())) != 0) return;
    size_ = journal_head.size();
    failpoint("journal_emptied");
}

void result_journal::note_works() {
    if (std::exchange(failing_, false)) settings_.observer.on_journal_works();
}

}  // namespace kurir::queue::postgres
