// The program's log: a line for each event (several in the format of Postfix), written by a
// separate thread.
//
//   log::event(log::level::info, "received").with("queue_id", id).with("size", n);
//
// An event is a name and flat fields; it is emitted when the temporary is destroyed. Any text may
// come from a remote peer, so it is escaped, and cut at `text_max` bytes; mail addresses in it are
// hidden if that is wanted. An event below the
// configured level costs one comparison. If the lines can't be written fast enough, the oldest
// waiting ones are dropped and counted (decision 26); a caller never waits.
//
// Before `start` and after `stop` events are discarded, unless there is a `capture`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "relay/log/redact.hpp"

namespace kurir::metrics {
struct runtime;
}

namespace kurir::log {

// `notice` is what an operator wants to know about each message and the program; `info` adds the
// steps in between.
enum class level : std::uint8_t { debug, info, notice, warning, error };
// `postfix`: as Postfix writes to syslog (postfix.hpp).
enum class format : std::uint8_t { json, text, postfix };

struct options {
    format form = format::json;
    level least = level::info;
    redaction hidden = {};
    std::string host = {};  // of format::postfix; empty: localhost
};

inline constexpr std::size_t text_max = 1024;

// Starts the log on standard output. `metrics` must outlive `stop`.
void start(options wanted, metrics::runtime& metrics);

// Writes the waiting lines and ends the thread. No other thread may log during this call.
void stop();

// Returns when the lines so far are written, or after a second. Others may log meanwhile. Safe in a
// signal handler.
void await_written() noexcept;

// From now on, a signal that is raised by a fault (an abort, a segmentation fault) prints the stack
// of its thread to the standard error, and waits for the log to be written, before it ends the
// process.
void write_out_at_death();

// Hears events as lines of JSON, whatever form and level the log has: those from `info` up. Called
// on the thread that made the event: it must not block, throw or make events itself.
class listener {
public:
    virtual ~listener() = default;
    virtual void hear(std::string_view name, std::string_view line) = 0;
};

// There are `listeners_max` at most; each must outlive the events that it may hear. Removing one
// waits for nobody: no event may be under way.
inline constexpr std::size_t listeners_max = 4;
void add_listener(listener& added);
void remove_listener(listener& removed);

// How `address` is written in a text of an event: hidden, if addresses are.
std::string as_logged(std::string_view address);

class event {
public:
    // `name` must be a literal of lower case letters and underscores, as must be each `key`.
    event(level severity, std::string_view name);
    event(const event&) = delete;
    event& operator=(const event&) = delete;
    ~event();  // emits

    event& with(std::string_view key, std::string_view value);
    event& with(std::string_view key, const char* value);
    event& with(std::string_view key, double value);
    event& with(std::string_view key, bool value);
    template <std::integral Integer>
    event& with(std::string_view key, Integer value) {
        if constexpr (std::signed_integral<Integer>) {
            return with_signed(key, value);
        } else {
            return with_unsigned(key, value);
        }
    }

private:
    event& with_signed(std::string_view key, std::int64_t value);
    event& with_unsigned(std::string_view key, std::uint64_t value);
    void add_bare(std::string_view key, std::string_view value);

    struct draft;
    draft* draft_ = nullptr;  // null: nobody wants the event
};

// Collects the lines of this process's events during its lifetime; they are not written. One at a
// time; for tests.
class capture {
public:
    explicit capture(format form = format::json, level least = level::debug);
    explicit capture(options wanted);
    capture(const capture&) = delete;
    capture& operator=(const capture&) = delete;
    ~capture();

    std::vector<std::string> lines() const;

private:
    std::unique_ptr<std::vector<std::string>> lines_;
};

}  // namespace kurir::log
