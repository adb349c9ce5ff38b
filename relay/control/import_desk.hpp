// Takes messages from other relays, and from files of `kurir queue export`: envelope first, then
// the content in pieces, then the order to keep it. A message is in the queue when the last one is
// answered, durably and with all it needs; before that it is nowhere.
//
// Each recipient has a name for ever: the first relay, id, session and place. The store keeps the
// names of what it was given (`queue::submission::names`), so that nothing is taken twice, also
// after it was delivered and over restarts: an import that was cut can be repeated. Recipients that
// are known are left out. Of our own messages those are known that still wait.
//
// A message that is begun again while its content comes takes the place of the first.
//
// Bounded: `open_max` messages at a time, each with one chunk in memory; the one that has waited
// longest makes room. Lives on one executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "queue/store.hpp"
#include "relay/admin/endpoints.hpp"
#include "relay/config/live_config.hpp"
#include "relay/control/announced_message.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/message/header_scan.hpp"
#include "relay/smtp/body.hpp"
#include "relay/storage/home.hpp"

namespace kurir::control {

// Which recipients of a message are here, or have been.
struct known_recipients {
    std::vector<bool> known = {};
    std::optional<queue::message_id> id = std::nullopt;  // of one of them
    bool own = false;                                    // it waits here, and never left
    std::string wrong = {};                              // why it can't be said

    // Then `id` is one. False if nothing is known of any.
    bool all() const;
};

class import_desk {
public:
    static constexpr std::size_t open_max = 8;
    static constexpr std::size_t piece_max = 1024UL * 1024;  // bytes of one request
    static constexpr std::size_t envelope_max = 16UL * 1024 * 1024;

    // All must outlive it.
    import_desk(
        boost::asio::any_io_executor executor,
        queue_view& view,
        queue::store& store,
        const config::live_config& config
    );

    // What the endpoints answer. `word`: the number that `begin` has answered.
    boost::asio::awaitable<admin::answer> begin(const std::string& envelope);
    boost::asio::awaitable<admin::answer> take(const std::string& word, std::string bytes);
    boost::asio::awaitable<admin::answer> keep(const std::string& word);

    // Begins no more: what is in the queue is about to leave it.
    void close() noexcept { closed_ = true; }

private:
    // A message whose content comes.
    struct arriving {
        announced_message announced;
        message::header_scan header;
        smtp::body_decoder decoder{smtp::framing::counted, smtp::newline_policy::reject};
        std::string chunk;           // the one that is not stored yet
        std::uint64_t received = 0;  // bytes of the content
        bool busy = false;           // a request is being served
    };

    boost::asio::awaitable<std::optional<admin::answer>> append(
        arriving& message, std::string bytes
    );
    boost::asio::awaitable<std::optional<admin::answer>> complete(arriving& message);
    boost::asio::awaitable<admin::answer> commit(std::uint64_t number, arriving& message);
    static bool is_malformed(const arriving& message);
    boost::asio::awaitable<known_recipients> find(const announced_message& message);
    boost::asio::awaitable<void> find_own(
        const announced_message& message, known_recipients& found
    );
    boost::asio::awaitable<std::optional<admin::answer>> store_chunk(arriving& message);
    static void finish(arriving& message);
    bool is_kept_just_now(const std::string& origin);
    arriving* opened(const std::string& word);
    void drop(std::uint64_t number);
    void make_room();

    queue_view& view_;
    queue::store& store_;
    const config::live_config& config_;
    storage::home home_;
    std::map<std::uint64_t, arriving> open_;  // by their number, the oldest first
    std::uint64_t last_ = 0;
    bool closed_ = false;
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
