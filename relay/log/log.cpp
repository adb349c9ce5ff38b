#include "relay/log/log.hpp"

#include <execinfo.h>
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
#include <string_view>

#include "metrics/runtime.hpp"
#include "relay/log/backend.hpp"
#include "relay/log/line.hpp"

namespace kurir::log {
namespace {

// Where events go. Changed only while nobody logs: at start, at the end, and in tests.
struct destination {
    static constexpr std::uint8_t nowhere = 0xff;  // above every level

    std::atomic<std::uint8_t> least = nowhere;  // that anybody wants
    std::uint8_t written_from = nowhere;        // by the log itself
    std::array<std::atomic<listener*>, listeners_max> listeners{};
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

    bool has_listeners() const noexcept {
        return std::ranges::any_of(listeners, [](const auto& each) {
            return each.load(std::memory_order_relaxed) != nullptr;
        });
    }

    void find_least() noexcept {
        least = has_listeners() ? std::min(written_from, static_cast<std::uint8_t>(level::info))
                                : written_from;
    }

    void tell(std::string_view name, std::string_view text) const {
        for (const auto& each : listeners) {
            if (auto* ears = each.load(std::memory_order_acquire)) ears->hear(name, text);
        }
    }

    void take(options wanted) {
        form = wanted.form;
        written_from = static_cast<std::uint8_t>(wanted.least);
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

// `text`: without its end.
void emit(level severity, std::string_view text) {
    auto& destination = current();
    const bool captured = destination.captured != nullptr;
    if (!captured && !destination.output) return;
    while (!text.empty()) {  // there are several lines in the format of Postfix
        const auto end = std::min(text.find('\n'), text.size());
        captured ? destination.capture(text.substr(0, end))
                 : destination.output->write(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (captured) return;
    destination.metrics->log_messages_total(metrics::same_named<metrics::log_level>(severity))
        .inc();
}

template <class Number, class Add>
void add_number(std::string_view key, Number number, Add add) {
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
    add(key, std::string_view(text.data(), static_cast<std::size_t>(end.ptr - text.data())));
}

}  // namespace

void start(options wanted, metrics::runtime& metrics) {
    auto& destination = current();
    assert(!destination.output && destination.captured == nullptr);
    destination.take(std::move(wanted));
    destination.metrics = &metrics;
    destination.output.emplace(STDOUT_FILENO, metrics);
    destination.find_least();
}

void stop() {
    auto& destination = current();
    destination.written_from = destination::nowhere;
    destination.least = destination::nowhere;
    destination.output.reset();
    destination.metrics = nullptr;
}

void await_written() noexcept {
    auto& destination = current();
    if (destination.output) destination.output->await_written();
}

namespace {

// No memory is taken here, which may be what is broken. Names are those that libraries export; for
// what is not exported there are offsets, for addr2line.
void print_stack() {
    constexpr std::string_view heading = "kurir: a fault ends the process; the stack:\n";
    // A fault within the loader holds a lock that the look at the stack needs: this ends it then.
    constexpr unsigned seconds_max = 5;
    ::alarm(seconds_max);
    if (::write(STDERR_FILENO, heading.data(), heading.size()) < 0) return;
    std::array<void*, 64> frames{};
    const int depth = ::backtrace(frames.data(), static_cast<int>(frames.size()));
    ::backtrace_symbols_fd(frames.data(), depth, STDERR_FILENO);
}

}  // namespace

void write_out_at_death() {
    void* first = nullptr;
    ::backtrace(&first, 1);  // the first call loads a library
    struct sigaction last_words = {};
    last_words.sa_handler = [](int number) {
        print_stack();
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

void add_listener(listener& added) {
    auto& destination = current();
    for (auto& each : destination.listeners) {
        listener* nobody = nullptr;
        if (each.compare_exchange_strong(nobody, &added)) return destination.find_least();
    }
    assert(false);
}

void remove_listener(listener& removed) {
    auto& destination = current();
    for (auto& each : destination.listeners) {
        auto* present = &removed;
        each.compare_exchange_strong(present, nullptr);
    }
    destination.find_least();
}

std::string as_logged(std::string_view address) {
    redactor hiding;
    hiding.begin(current().hidden);
    return std::string(hiding.hide("to", address));
}

// A thread nearly always builds one event at a time. That event uses buffers that are kept.
struct event::draft {
    line content;           // for the log
    line record;            // for listeners, if the log has another form
    bool written = false;   // by the log
    bool heard = false;     // by listeners,
    bool recorded = false;  // in `record`
    std::string_view name;
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
    const auto rank = static_cast<std::uint8_t>(severity);
    if (rank < destination.least.load(std::memory_order_relaxed)) return;
    draft_ = draft::take_draft();
    draft_->name = name;
    draft_->written = rank >= destination.written_from;
    draft_->heard = severity >= level::info && destination.has_listeners();
    const bool same_form = draft_->written && destination.form == format::json;
    draft_->recorded = draft_->heard && !same_form;
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    if (draft_->written) {
        draft_->content.begin(destination.form, severity, name, now, &destination.origin);
    }
    if (draft_->recorded) draft_->record.begin(format::json, severity, name, now);
    draft_->addresses.begin(destination.hidden);
}

event::~event() {
    if (draft_ == nullptr) return;
    const auto text = draft_->written ? draft_->content.finish() : std::string_view();
    if (draft_->heard) {
        current().tell(draft_->name, draft_->recorded ? draft_->record.finish() : text);
    }
    if (draft_->written) emit(draft_->content.severity(), text);
    draft_->taken = false;
    if (draft_->temporary) delete draft_;
}

event& event::with(std::string_view key, std::string_view value) {
    // The only way of a text into a line: here addresses are hidden.
    if (draft_ == nullptr) return *this;
    const auto shown = draft_->addresses.hide(key, value);
    if (draft_->written) draft_->content.add_text(key, shown);
    if (draft_->recorded) draft_->record.add_text(key, shown);
    return *this;
}

event& event::with(std::string_view key, const char* value) {
    return with(key, std::string_view(value));
}

void event::add_bare(std::string_view key, std::string_view value) {
    if (draft_->written) draft_->content.add_bare(key, value);
    if (draft_->recorded) draft_->record.add_bare(key, value);
}

event& event::with(std::string_view key, double value) {
    if (draft_ == nullptr) return *this;
    if (std::isfinite(value)) {
        add_number(key, value, [this](auto name, auto text) { add_bare(name, text); });
    } else {
        add_bare(key, "null");
    }
    return *this;
}

event& event::with(std::string_view key, bool value) {
    if (draft_ != nullptr) add_bare(key, value ? "true" : "false");
    return *this;
}

event& event::with_signed(std::string_view key, std::int64_t value) {
    if (draft_ == nullptr) return *this;
    add_number(key, value, [this](auto name, auto text) { add_bare(name, text); });
    return *this;
}

event& event::with_unsigned(std::string_view key, std::uint64_t value) {
    if (draft_ == nullptr) return *this;
    add_number(key, value, [this](auto name, auto text) { add_bare(name, text); });
    return *this;
}

capture::capture(format form, level least) : capture(options{.form = form, .least = least}) {}

capture::capture(options wanted) : lines_(std::make_unique<std::vector<std::string>>()) {
    auto& destination = current();
    assert(!destination.output && destination.captured == nullptr);
    destination.take(std::move(wanted));
    destination.captured = lines_.get();
    destination.find_least();
}

capture::~capture() {
    auto& destination = current();
    destination.written_from = destination::nowhere;
    destination.least = destination::nowhere;
    destination.captured = nullptr;
}

std::vector<std::string> capture::lines() const {
    const std::lock_guard lock(current().capturing);
    return *lines_;
}

}  // namespace kurir::log
