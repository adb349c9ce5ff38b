// The program's log: one line for each event, written by a thread of its own.
//
//   log::event(log::level::info, "received").with("queue_id", id).with("size", n);
//
// An event is a name and flat fields, and is emitted when the temporary dies. Every text may come
// from a remote peer: it is escaped, and cut at `text_max` bytes. Events below the level that was
// started with cost a comparison. When the lines can't be written fast enough, the oldest waiting
// ones are dropped and counted (decisions 26); a caller never waits.
//
// Before `start` and after `stop` events go nowhere, except to a `capture`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::metrics {
struct runtime;
}

namespace kurir::log {

// `notice` is for what an operator wants to know of each message and of the program; `info` adds
// how it came about.
enum class level : std::uint8_t { debug, info, notice, warning, error };
enum class format : std::uint8_t { json, text };

inline constexpr std::size_t text_max = 1024;

// Starts the log on standard output. `metrics` must outlive `stop`.
void start(format form, level least, metrics::runtime& metrics);

// Writes what waits, and ends the thread. Nobody may log meanwhile.
void stop();

// Returns when the lines so far are written, or after a second. Others may log meanwhile. Safe in a
// signal handler.
void await_written() noexcept;

// From now on whatever ends the process by a signal of its own (an abort, a segmentation fault)
// waits for that first.
void write_out_at_death();

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

    struct draft;
    draft* draft_ = nullptr;  // null: nobody wants this event
};

// Collects the lines of this process's events while it lives, instead of their being written. One
// at a time; for tests.
class capture {
public:
    explicit capture(format form = format::json, level least = level::debug);
    capture(const capture&) = delete;
    capture& operator=(const capture&) = delete;
    ~capture();

    std::vector<std::string> lines() const;

private:
    std::unique_ptr<std::vector<std::string>> lines_;
};

}  // namespace kurir::log
