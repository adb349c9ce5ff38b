// What became of mail, from the history: GET /api/v1/trace?subject=ADDRESS|ID&limit=, and
// GET /api/v1/queue/ID/attempts?limit= of a message that is queued.
//
// Reads them on a thread of its own. Lives on one executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "relay/admin/endpoints.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/history/place.hpp"

namespace kurir::control {

class trace_desk {
public:
    static constexpr std::size_t usual_limit = 200;
    static constexpr std::size_t limit_max = 1000;

    // `events`: null, if there is no history. `view` must outlive it.
    trace_desk(std::unique_ptr<history::source> events, queue_view& view);
    trace_desk(const trace_desk&) = delete;
    trace_desk& operator=(const trace_desk&) = delete;
    // No request is under way.
    ~trace_desk();

    std::vector<admin::endpoint> endpoints();

private:
    boost::asio::awaitable<admin::answer> trace(const admin::request& asked);
    boost::asio::awaitable<admin::answer> attempts(
        const admin::request& asked, const std::string& word
    );
    // Nothing, if there is no history.
    using found = base::result<history::finding, std::string>;
    boost::asio::awaitable<found> find(std::string subject, std::size_t limit);

    const std::unique_ptr<history::source> events_;
    queue_view& view_;
    boost::asio::thread_pool reader_{1};
};

}  // namespace kurir::control
