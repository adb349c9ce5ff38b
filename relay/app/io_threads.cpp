#include "relay/app/io_threads.hpp"

#include <pthread.h>

#include <cassert>
#include <string>

namespace kurir::app {

io_threads::io_threads(std::size_t count) {
    assert(count >= 1);
    for (std::size_t i = 0; i < count; ++i)
        loops_.push_back(std::make_unique<loop>());
}

io_threads::~io_threads() {
    finish();
}

void io_threads::start() {
    std::size_t number = 0;
    for (const auto& each : loops_) {
        each->thread =
            std::thread([&context = each->context, name = "io-" + std::to_string(number)] {
                pthread_setname_np(pthread_self(), name.c_str());
                context.run();
            });
        ++number;
    }
}

void io_threads::finish() {
    for (auto& each : loops_)
        each->work.reset();
    for (auto& each : loops_) {
        if (each->thread.joinable()) each->thread.join();
    }
}

std::vector<boost::asio::any_io_executor> io_threads::executors() const {
    std::vector<boost::asio::any_io_executor> all;
    for (const auto& each : loops_)
        all.emplace_back(each->context.get_executor());
    return all;
}

}  // namespace kurir::app
