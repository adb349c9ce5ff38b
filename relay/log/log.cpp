#include "relay/log/log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <charconv>
#include <cmath>
#include <csignal>
#include <ctime>
#include <mutex>
#include <optional>

#include "metrics/runtime.hpp"
#include "relay/log/backend.hpp"
#include "relay/log/line.hpp"

namespace kurir::log {
namespace {

// Where events go. Changed only while nobody logs: at start, at the end, and in tests.
struct destination {
    static constexpr std::uint8_t nowhere = 0xff;  // above every level

    std::atomic<std::uint8_t> least = nowhere;
    format form = format::json;
    redaction hidden;
    syslog_origin origin;
    metrics::runtime* metrics = nullptr;
    std::optional<backend> output;

    std::mutex capturing;
    std::vector<std::string>* captured = nullptr;

    void capture(std::string_view text) {
        const std::lock_guard lock(capturing);
        captured->emplace_back(text);
    }

    void take(options wanted) {
        form = wanted.form;
        hidden = std::move(wanted.hidden);
        origin = {};
        origin.process = ::getpid();
        if (!wanted.host.empty()) origin.host = std::move(wanted.host);
        ::tzset();
    }
};

destination& current() {
    static auto& here = *new destination;  // outlives everything that may log at exit
    return here;
}

void emit(line& finished) {
    auto& destination = current();
    auto text = finished.finish();
    const bool captured = destination.captured != nullptr;
    if (!captured && !destination.output) return;
    while (!text.empty()) {  // there are several lines in the format of Postfix
        const auto end = std::min(text.find('\n'), text.size());
        captured ? destination.capture(text.substr(0, end))
                 : destination.output->write(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (captured) return;
    destination.metrics
        ->log_messages_total(metrics::same_named<metrics::log_level>(finished.severity()))
        .inc();
}

template <class Number>
void add_number(line& draft, std::string_view key, Number number) {
    std::array<char, 32> text{};
    std::to_chars_result end{};
    if constexpr (std::floating_point<Number>) {
        constexpr int digits = 6;
        end = std::to_chars(
            text.data(), text.data() + text.size(), number, std::chars_format::general, digits
        );
    } else {
        end = std::to_chars(text.data(), text.data() + text.size(), number);
    }
    draft.add_bare(key, {text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

}  // namespace

void start(options wanted, metrics::runtime& metrics) {
    auto& destination = current();
    assert(!destination.output && destination.captured == nullptr);
    const auto least = wanted.least;
    destination.take(std::move(wanted));
    destination.metrics = &metrics;
    destination.output.emplace(STDOUT_FILENO, metrics);
    destination.least = static_cast<std::uint8_t>(least);
}

void stop() {
    auto& destination = current();
    destination.least = destination::nowhere;
    destination.output.reset();
    destination.metrics = nullptr;
}

void await_written() noexcept {
    auto& destination = current();
    if (destination.output) destination.output->await_written();
}

void write_out_at_death() {
    struct sigaction last_words = {};
    last_words.sa_handler = [](int number) {
        await_written();
        std::raise(number);  // by now it has its default action again
    };
    last_words.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    for (const int each : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        struct sigaction present = {};
        sigaction(each, nullptr, &present);
        if (present.sa_handler == SIG_DFL) sigaction(each, &last_words, nullptr);
    }
}

// A thread nearly always builds one event at a time. That event uses buffers that are kept.
struct event::draft {
    line content;
    redactor addresses;
    bool taken = false;
    bool temporary = false;

    static draft* take_draft() {
        thread_local draft usual;
        auto* next = usual.taken ? new draft : &usual;
        next->temporary = next != &usual;
        next->taken = true;
        return next;
    }
};

event::event(level severity, std::string_view name) {
    auto& destination = current();
    if (static_cast<std::uint8_t>(severity) < destination.least.load(std::memory_order_relaxed))
        return;
    draft_ = draft::take_draft();
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    draft_->content.begin(destination.form, severity, name, now, &destination.origin);
    draft_->addresses.begin(destination.hidden);
}

event::~event() {
    if (draft_ == nullptr) return;
    emit(draft_->content);
    draft_->taken = false;
    if (draft_->temporary) delete draft_;
}

event& event::with(std::string_view key, std::string_view value) {
    // The only way of a text into a line: here addresses are hidden.
    if (draft_ != nullptr) draft_->content.add_text(key, draft_->addresses.hide(key, value));
    return *this;
}

event& event::with(std::string_view key, const char* value) {
    return with(key, std::string_view(value));
}

event& event::with(std::string_view key, double value) {
    if (draft_ == nullptr) return *this;
    if (std::isfinite(value)) {
        add_number(draft_->content, key, value);
    } else {
        draft_->content.add_bare(key, "null");
    }
    return *this;
}

event& event::with(std::string_view key, bool value) {
    if (draft_ != nullptr) draft_->content.add_bare(key, value ? "true" : "false");
    return *this;
}

event& event::with_signed(std::string_view key, std::int64_t value) {
    if (draft_ != nullptr) add_number(draft_->content, key, value);
    return *this;
}

event& event::with_unsigned(std::string_view key, std::uint64_t value) {
    if (draft_ != nullptr) add_number(draft_->content, key, value);
    return *this;
}

capture::capture(format form, level least) : capture(options{.form = form, .least = least}) {}

capture::capture(options wanted) : lines_(std::make_unique<std::vector<std::string>>()) {
    auto& destination = current();
    assert(!destination.output && destination.captured == nullptr);
    const auto least = wanted.least;
    destination.take(std::move(wanted));
    destination.captured = lines_.get();
    destination.least = static_cast<std::uint8_t>(least);
}

capture::~capture() {
    auto& destination = current();
    destination.least = destination::nowhere;
    destination.captured = nullptr;
}

std::vector<std::string> capture::lines() const {
    const std::lock_guard lock(current().capturing);
    return *lines_;
}

}  // namespace kurir::log
