// Takes messages from other relays, and from files of `kurir queue export`: envelope first, then
// the content in pieces, then the order to keep it. A message is in the queue when the last one is
// answered, durably and with all it needs; before that it is nowhere.
//
// A message is known by its origin (its first relay, id and session), so that an import that was
// cut can be repeated: what is in the queue, or came while this process runs, is not taken again.
// One that is begun again while its content comes takes the place of the first. Until the queue has
// been read, nothing is taken: what is in it is not known.
//
// Bounded: `open_max` messages at a time, each with one chunk in memory; the one that has waited
// longest makes room. Lives on one executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/store.hpp"
#include "relay/admin/endpoints.hpp"
#include "relay/config/live_config.hpp"
#include "relay/control/message_json.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/message/header_scan.hpp"
#include "relay/smtp/body.hpp"
#include "relay/storage/home.hpp"

namespace kurir::control {

class import_desk {
public:
    static constexpr std::size_t open_max = 8;
    static constexpr std::size_t piece_max = 1024UL * 1024;  // bytes of one request
    static constexpr std::size_t envelope_max = 16UL * 1024 * 1024;

    // All must outlive it. `recovered`: whether the queue of the last process has been read.
    import_desk(
        boost::asio::any_io_executor executor,
        queue_view& view,
        queue::store& store,
        const config::live_config& config,
        std::function<bool()> recovered
    );

    // What the endpoints answer. `word`: the number that `begin` has answered.
    boost::asio::awaitable<admin::answer> begin(const std::string& envelope);
    boost::asio::awaitable<admin::answer> take(const std::string& word, std::string bytes);
    boost::asio::awaitable<admin::answer> keep(const std::string& word);

private:
    // A message whose content comes.
    struct arriving {
        std::string origin;
        queue::submission mail;
        message::header_scan header;
        smtp::body_decoder decoder{smtp::framing::counted, smtp::newline_policy::reject};
        std::string chunk;  // the one that is not stored yet
        bool busy = false;  // a request is being served
    };

    boost::asio::awaitable<std::optional<queue::message_id>> find(const std::string& origin);
    boost::asio::awaitable<void> learn();
    boost::asio::awaitable<std::string> store_chunk(arriving& message);
    bool is_kept_just_now(const std::string& origin);
    arriving* opened(const std::string& word);
    void drop(std::uint64_t number);
    void make_room();

    queue_view& view_;
    queue::store& store_;
    const config::live_config& config_;
    const std::function<bool()> recovered_;
    storage::home home_;
    std::map<std::uint64_t, arriving> open_;  // by their number, the oldest first
    std::uint64_t last_ = 0;
    bool learnt_ = false;  // what had been imported before this process began
    std::unordered_map<std::string, queue::message_id> known_;  // by origin
};

// The endpoints of messages that come and go (queue_endpoints.hpp has the others):
//
//   GET /api/v1/queue/ID/envelope?CRITERIA    the message as `exported_message` has it
//   POST /api/v1/messages                     an envelope: a number, or the id if it is known
//   PUT /api/v1/messages/NUMBER/content       the next piece of its content
//   POST /api/v1/messages/NUMBER/keep         keeps it: its id
//
// All must outlive the table.
std::vector<admin::endpoint> message_endpoints(
    queue_view& view, import_desk& desk, const config::live_config& config
);

}  // namespace kurir::control
