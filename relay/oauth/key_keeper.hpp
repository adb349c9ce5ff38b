// Keeps the keys by which the tokens of clients are checked, where they come from a URL: fetches
// them at the start and again, one request at a time.
//
// `key_schedule` decides when; this carries it out. Belongs to the thread of its executor. Logs
// `token_keys` with what=loaded, when they are others than before, or failed.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/http_client.hpp"
#include "relay/net/task_group.hpp"
#include "relay/oauth/key_schedule.hpp"
#include "relay/tokens/key_set.hpp"

namespace kurir::oauth {

class key_keeper {
public:
    using shared_keys = std::shared_ptr<const tokens::key_set>;

    // What happens with the keys, and with the news that a fetch has failed or succeeded.
    struct events {
        std::function<void(shared_keys keys)> fetched;
        std::function<void()> failed;
    };

    // `http` must outlive the keeper.
    key_keeper(
        boost::asio::any_io_executor executor,
        const net::http_client& http,
        std::string url,
        events events
    );

    // Begins to fetch. Any thread.
    void start();

    // Fetches at once, whatever was before. Any thread.
    void fetch_now();

    // Somebody needs newer keys: fetches them, if that is allowed now, and ends when the fetch that
    // is under way has ended. Resumes on the caller's executor.
    boost::asio::awaitable<void> renew();

    // Why the last fetch failed; empty if it did not. Any thread.
    std::string trouble() const;

    // Ends a request that is under way. Who waits for it goes on.
    void stop();
    boost::asio::awaitable<void> join();

private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> fetch();
    boost::asio::awaitable<base::result<tokens::key_set, std::string>> ask() const;
    void take(tokens::key_set keys);
    void tell(std::string trouble);
    void answer_all();

    boost::asio::any_io_executor executor_;
    const net::http_client& http_;
    const std::string url_;
    const events events_;
    key_schedule schedule_;
    net::timer pause_;
    net::task_group running_;
    std::vector<net::answer_function<bool>> waiting_;
    bool fetching_ = false;
    bool stopping_ = false;
    mutable std::mutex mutex_;
    std::string trouble_;  // under the mutex
};

}  // namespace kurir::oauth
