#include "relay/log/backend.hpp"

#include <poll.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "metrics/runtime.hpp"

namespace kurir::log {
namespace {

constexpr std::size_t ring_size = 8192;
constexpr std::size_t write_size = 4096;    // PIPE_BUF: a pipe that is ready takes that at once
constexpr std::size_t buffer_size = 65536;  // lines of one write, when many wait
constexpr int patience_ms = 1000;           // with a reader that has stopped, when we must end
constexpr int gathering_ms = 10;            // for more lines, before those that wait are written
constexpr std::size_t count_every = 64;     // asking the ring for its overruns takes its lock

}  // namespace

// Runs on the ring's thread, and at the end, after it. Collects lines for a moment, then writes
// them at once. While it waits here and not at the ring, logging threads need not wake it, which
// would cost more than the line.
class backend::sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit sink(int descriptor) : descriptor_(descriptor) {}

    void watch(spdlog::details::thread_pool& ring) { ring_ = &ring; }
    void end() noexcept { ending_ = true; }
    std::size_t lost() const noexcept { return lost_; }
    std::size_t done() const noexcept { return done_; }
    void hurry(bool value) noexcept { hurried_ = value; }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        waiting_.append(message.payload.data(), message.payload.size());
        waiting_ += '\n';
        if (waiting_.size() < buffer_size) {
            if (ring_->queue_size() == 0 && !gathered_) gather();
            if (ring_->queue_size() > 0) return;
        }
        flush_();
        gathered_ = false;
    }

    void flush_() override {
        std::string_view rest = waiting_;
        while (!rest.empty() && is_ready()) {
            const auto count = ::write(descriptor_, rest.data(), std::min(rest.size(), write_size));
            if (count < 0 && errno != EINTR && errno != EAGAIN) break;  // nobody reads any more
            if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
        }
        lost_ += static_cast<std::size_t>(std::ranges::count(rest, '\n'));
        done_ += static_cast<std::size_t>(std::ranges::count(waiting_, '\n'));
        waiting_.clear();
    }

private:
    void gather() {
        gathered_ = true;
        for (int i = 0; i < gathering_ms && !ending_ && !hurried_; ++i)
            ::poll(nullptr, 0, 1);
    }

    // Waits for the reader, but only for a limited time when the program ends.
    bool is_ready() {
        pollfd waited{.fd = descriptor_, .events = POLLOUT, .revents = 0};
        while (!given_up_) {
            const int count = ::poll(&waited, 1, patience_ms);
            if (count > 0) return true;
            if (count < 0 && errno != EINTR) return false;
            given_up_ = count == 0 && ending_;
        }
        return false;
    }

    const int descriptor_;
    spdlog::details::thread_pool* ring_ = nullptr;
    std::atomic<bool> ending_ = false;
    std::atomic<bool> hurried_ = false;
    std::atomic<std::size_t> done_ = 0;  // lines that were written or lost
    bool gathered_ = false;              // since the last write
    bool given_up_ = false;
    std::atomic<std::size_t> lost_ = 0;  // lines that could not be written
    std::string waiting_;
};

struct backend::machinery {
    explicit machinery(int descriptor)
        : output(std::make_shared<sink>(descriptor)),
          ring(std::make_shared<spdlog::details::thread_pool>(ring_size, 1)),
          logger(std::make_shared<spdlog::async_logger>(
              "kurir", output, ring, spdlog::async_overflow_policy::overrun_oldest
          )) {
        output->watch(*ring);
    }

    std::shared_ptr<sink> output;
    std::shared_ptr<spdlog::details::thread_pool> ring;
    std::shared_ptr<spdlog::async_logger> logger;
};

backend::backend(int descriptor, metrics::runtime& metrics)
    : metrics_(metrics), machinery_(std::make_unique<machinery>(descriptor)) {}

backend::~backend() {
    const auto overruns = machinery_->ring->overrun_counter();
    machinery_->output->end();
    machinery_->logger.reset();
    machinery_->ring.reset();  // runs until its queue is empty, then joins its thread
    machinery_->output->flush();
    count_dropped(overruns);
}

void backend::write(std::string_view line) {
    machinery_->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    if (written_.fetch_add(1, std::memory_order_relaxed) % count_every == 0) {
        count_dropped(machinery_->ring->overrun_counter());
    }
}

void backend::await_written() const noexcept {
    const auto all = written_.load();
    machinery_->output->hurry(true);
    // Dropped lines are never done, so in that case this waits for the whole time.
    for (int i = 0; i < patience_ms && machinery_->output->done() < all; ++i)
        ::poll(nullptr, 0, 1);
    machinery_->output->hurry(false);
}

void backend::count_dropped(std::size_t overruns) {
    const auto all = overruns + machinery_->output->lost();
    auto before = dropped_.load();
    while (all > before) {
        if (!dropped_.compare_exchange_weak(before, all)) continue;
        metrics_.log_dropped_total.inc(static_cast<double>(all - before));
        return;
    }
}

}  // namespace kurir::log
