// Runs an event loop on a thread of its own while the calling thread, which has it later, is busy.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

namespace kurir::app {

class loop_meanwhile {
public:
    // Nobody else may run `loop`, which must outlive this.
    explicit loop_meanwhile(boost::asio::io_context& loop);
    loop_meanwhile(const loop_meanwhile&) = delete;
    loop_meanwhile& operator=(const loop_meanwhile&) = delete;
    // What is under way stands still until somebody runs the loop again.
    ~loop_meanwhile();

private:
    boost::asio::io_context& loop_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace kurir::app
