// Does something on a thread of a pool, and waits for its end: for threads of the caller's own
// only, never on an event loop.
#pragma once

#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <future>
#include <utility>

namespace kurir::net {

template <class Work>
auto done_on(boost::asio::thread_pool& threads, Work work) {
    // Asio gives its future back.
    return boost::asio::post(threads, std::packaged_task<decltype(work())()>(std::move(work)))
        .get();
}

}  // namespace kurir::net
