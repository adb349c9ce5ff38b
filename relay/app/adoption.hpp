// Empties the queues of relays that are gone into this relay's queue (KURIR_ADOPT): volumes of
// replicas that were taken away.
//
// One folder at a time, one message at a time, on a thread of its own: a message is taken as one
// that another relay hands over (import_desk), and removed there once it is durable here. Its name
// keeps it from being taken twice, whoever dies. A folder whose lock is not free, or that can't be
// emptied, is looked at again later; the others go on.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "metrics/operators.hpp"
#include "relay/app/handover_mark.hpp"
#include "relay/app/message_handover.hpp"
#include "relay/app/other_queue.hpp"
#include "relay/config/live_config.hpp"
#include "relay/control/import_desk.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::app {

class adoption {
public:
    // `desk` lives on `executor`. All must outlive `stop`.
    adoption(
        boost::asio::any_io_executor executor,
        control::import_desk& desk,
        const config::live_config& config,
        metrics::operators& counts
    );
    adoption(const adoption&) = delete;
    adoption& operator=(const adoption&) = delete;
    ~adoption();

    // Nothing without KURIR_ADOPT.
    void start();
    // After the message that is under way.
    boost::asio::awaitable<void> stop();

private:
    // What was found of a folder last.
    struct sight {
        std::filesystem::file_time_type locked = {};  // when its lock was taken last
        bool empty = false;
        std::string trouble = {};  // why it was not emptied
        net::clock::time_point again = {};
    };

    void run();
    void look();
    void look_at(const std::filesystem::path& folder);
    void empty(const std::filesystem::path& folder, sight& seen);
    std::string take_all(
        const std::filesystem::path& folder, const std::string& hostname, other_queue& other
    );
    handover_outcome take(
        const std::string& hostname,
        other_queue& other,
        const std::vector<control::listed>& deliveries
    );
    base::result<admin::client::reply, std::string> ask_desk(
        const std::string& target, const std::string& body
    );
    boost::asio::awaitable<void> tell(
        std::string target, std::string body, std::shared_ptr<std::promise<admin::answer>> told
    );
    boost::asio::awaitable<admin::answer> answer_of(
        const std::string& target, const std::string& body
    );
    void tell_trouble(const std::filesystem::path& folder, sight& seen, std::string why);

    boost::asio::any_io_executor executor_;
    control::import_desk& desk_;
    const config::live_config& config_;
    metrics::operators& counts_;
    const relay_names names_;
    net::task_group tasks_;  // on the executor
    net::timer ended_;       // the same; never expires, cancelled when the thread has ended
    bool running_ = false;   // the same
    message_handover handover_;
    std::map<std::filesystem::path, sight> seen_;  // the thread's
    std::string unreadable_;                       // the thread's
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;  // last, because it uses the others
};

}  // namespace kurir::app
