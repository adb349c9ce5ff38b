#include "relay/app/shared_history.hpp"

#include <map>
#include <set>
#include <tuple>

#include "relay/history/search.hpp"
#include "relay/log/escape.hpp"

namespace kurir::app {

using namespace std::chrono_literals;

namespace {

constexpr auto pause_after_failure = 2s;
// So many lines of a part are looked at: each has what is wanted somewhere, in whatever field.
constexpr std::size_t candidates_max = 10'000;

std::string_view time_of(std::string_view line) {
    constexpr std::string_view name = R"("ts":")";
    const auto start = line.find(name);
    if (start == std::string_view::npos) return {};
    const auto rest = line.substr(start + name.size());
    return rest.substr(0, rest.find('"'));
}

}  // namespace

std::string with_node(std::string_view line, std::string_view node) {
    std::string named(line.substr(0, line.size() - 1));
    named += R"(,"node":")";
    log::append_escaped(named, node, log::notation::json, 256);
    return named + "\"}";
}

void put_in_order(std::vector<std::string>& lines) {
    std::set<std::string_view> known;
    std::multimap<std::string_view, std::string_view> by_time;  // of one time as they came
    for (const auto& each : lines) {
        if (known.insert(each).second) by_time.emplace(time_of(each), each);
    }
    std::vector<std::string> once;
    for (const auto& [time, line] : by_time)
        once.emplace_back(line);
    lines = std::move(once);
}

std::error_code shared_history_keeper::append(std::string_view lines) {
    const bool fits = waiting_size_ + lines.size() <= waiting_max;
    while (fits && !lines.empty()) {
        const auto end = lines.find('\n');
        waiting_.push_back(with_node(lines.substr(0, end), node_));
        waiting_size_ += waiting_.back().size();
        lines.remove_prefix(end + 1);
    }
    write();
    return fits ? std::error_code() : std::make_error_code(std::errc::no_buffer_space);
}

void shared_history_keeper::write() {
    if (waiting_.empty() || net::clock::now() < not_before_) return;
    if (!table_.append(waiting_)) {
        not_before_ = net::clock::now() + pause_after_failure;
        return;
    }
    waiting_.clear();
    waiting_size_ = 0;
}

void shared_history_keeper::keep_limits() {
    write();
    if (net::clock::now() >= not_before_) std::ignore = table_.keep_limits();
}

base::result<history::finding, std::string> shared_history_source::find(
    std::string_view wanted, std::size_t limit
) {
    history::finding all;
    if (wanted.empty()) return all;
    const auto needle = history::needle_of(wanted);
    const auto parts = table_.parts();
    if (!parts) return parts.error().text;
    for (const auto part : *parts) {
        const auto candidates = table_.lines_with(part, needle, candidates_max);
        if (!candidates) return candidates.error().text;
        std::string text;
        for (const auto& each : *candidates)
            text.append(each) += '\n';
        const bool room = history::add_older(all, history::lines_about(wanted, text), limit);
        if (candidates->size() == candidates_max) all.more = true;
        if (!room || all.more) break;
    }
    put_in_order(all.lines);
    return all;
}

}  // namespace kurir::app
