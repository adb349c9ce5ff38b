// The I/O threads: one event loop each, for the life of the program.
//
// A session or a delivery stays on the thread it started on (decision 10). An exception that leaves
// a handler is a bug and ends the process: the queue is safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace kurir::app {

class io_threads {
public:
    // The loops exist at once and run from `start` on. `count` is at least 1.
    explicit io_threads(std::size_t count);
    io_threads(const io_threads&) = delete;
    io_threads& operator=(const io_threads&) = delete;
    ~io_threads();

    void start();

    // Lets the loops end when they have no more work, and waits for them.
    void finish();

    std::vector<boost::asio::any_io_executor> executors() const;

private:
    struct loop {
        loop() : work(context.get_executor()) {}
        boost::asio::io_context context{1};
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
        std::thread thread;
    };
    std::vector<std::unique_ptr<loop>> loops_;
};

}  // namespace kurir::app
