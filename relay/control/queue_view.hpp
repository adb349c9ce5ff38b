// What operators see of the queue: lists, sums, one message.
//
// With a queue that several nodes share that is all mail: what this node has claimed, from memory,
// and the rest from the store, in bounded pieces. A delivery that is claimed or given back while a
// list goes by may be missed, or be there twice.
//
// Nothing waits for it: the dispatcher is asked in slices, and envelopes are read some hundreds at
// a time. Lives on one executor; the functions are called there.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/store.hpp"
#include "relay/control/list_cursor.hpp"
#include "relay/control/selector.hpp"
#include "relay/control/sorted_list.hpp"
#include "relay/outbound/dispatcher.hpp"
#include "relay/storage/home.hpp"

namespace kurir::control {

using slot = queue::backlog::slot;

// A delivery in the queue.
struct listed {
    slot item = 0;  // if it is ours
    queue::delivery waiting;
    queue::backlog::state state = queue::backlog::state::incoming;
    std::string destination = {};            // empty while its route is not known
    std::string obstacle = {};               // at its destination; empty: none
    std::string trouble = {};                // what the destination said then, or how it failed
    std::string suspension = {};             // an operator's, as a sentence; empty: none
    bool is_ours = true;                     // this node has claimed it
    std::string holder = {};                 // the other node that has; empty: none
    std::vector<std::uint32_t> chosen = {};  // the recipients that fit the selector
    // Null if nobody asked for it, or it is gone since.
    std::shared_ptr<const queue::stored_message> message = nullptr;
};

// What keeps it at its destination, in one line; empty: nothing.
std::string obstacle_of(const listed& entry);
// What was said last of one of its recipients, else what keeps it at its destination. `message` is
// known.
std::string reason_of(const listed& entry, std::uint32_t recipient);

// Where a list begins that begins with it.
list_cursor place_of(const listed& entry);

// As the dispatcher has it; without its envelope, and no recipient is chosen.
listed view_of(const outbound::scheduler& state, slot item);

struct page {
    std::vector<listed> entries = {};
    std::optional<list_cursor> next = std::nullopt;  // where to go on; nothing: that was all
    // Why envelopes could not be read. Then entries have none, and those that fit by their
    // envelope are not all there.
    boost::system::error_code unread = {};
    bool partial = false;  // what this node has not claimed could not be read either
};

// Deliveries with something in common.
struct group_sum {
    static constexpr std::size_t ages = 8;  // under 5, 10, 20, 40, 80, 160, 320 minutes, and older

    std::size_t deliveries = 0;
    std::size_t recipients = 0;
    std::uint64_t bytes = 0;
    std::optional<queue::time_point> oldest;
    std::array<std::size_t, ages> by_age{};
    std::array<std::size_t, queue::backlog::states> by_state{};
};
using group_sums = std::map<std::string, group_sum>;

enum class grouping : std::uint8_t {
    destination,
    domain,
    sender_domain,
    client,
    user,
    reason,
    age,
    route,
    tenant,
    state,
};
// In the order of the enumerators.
inline constexpr std::array<std::string_view, 10> groupings{
    "destination",
    "domain",
    "sender-domain",
    "client",
    "user",
    "reason",
    "age",
    "route",
    "tenant",
    "state",
};
std::optional<grouping> grouping_named(std::string_view name);
std::string known_groupings();  // as a sentence about "by"

class queue_view {
public:
    static constexpr std::size_t page_max = 1000;

    // Queue and store must outlive it, and answer as long as it is asked. `shared`: the store as
    // one of several owners sees it; null: the queue has one owner. `complete`: whether the
    // queue of the last process has been read; true for ever once it is.
    queue_view(
        boost::asio::any_io_executor executor,
        outbound::dispatcher& queue,
        queue::store& store,
        queue::shared_store* shared,
        std::function<bool()> complete
    );

    // False until the queue of the last process has been read: what is asked before does not have
    // all that is in the queue.
    bool complete() const { return complete_(); }

    // At most `limit` deliveries from `first` on, in no order. It looks for about a second:
    // what is rare in a long queue comes page by page.
    boost::asio::awaitable<page> list(
        std::shared_ptr<const selector> wanted,
        list_cursor first,
        std::size_t limit,
        bool with_envelopes = true
    );

    // What came into the queue while a list goes by, such as what is left after an attempt, may
    // have passed it by. Whoever must miss nothing watches meanwhile, and then lists that, too:
    // what fits and was received by `until`, some hundreds at most, until there is no next.
    class arrivals {
    public:
        arrivals(arrivals&& other) noexcept;
        arrivals& operator=(arrivals&&) = delete;
        ~arrivals();

    private:
        friend queue_view;
        arrivals(outbound::dispatcher& queue, std::size_t mark) : queue_(&queue), mark_(mark) {}

        outbound::dispatcher* queue_;  // null: moved from
        std::size_t mark_;
    };
    boost::asio::awaitable<arrivals> watch();
    boost::asio::awaitable<page> list_arrived(
        std::shared_ptr<const selector> wanted, arrivals& watched, queue::time_point until
    );

    // All that fit, with their envelopes: for criteria that few fit. An error if envelopes could
    // not be read.
    boost::asio::awaitable<queue::result<std::vector<listed>>> deliveries(
        std::shared_ptr<const selector> wanted
    );

    // The first `limit` deliveries in an order, of the whole queue, as one page. By `from`, and
    // with a selector that needs envelopes, it reads every envelope.
    boost::asio::awaitable<page> list_sorted(
        std::shared_ptr<const selector> wanted, list_order order, std::size_t limit
    );

    // An error if envelopes are needed and could not be read.
    boost::asio::awaitable<queue::result<group_sums>> sums(
        std::shared_ptr<const selector> wanted, grouping by
    );

    // All deliveries of a message, and what withholds each.
    boost::asio::awaitable<std::vector<outbound::explanation>> why(queue::message_id id);
    // Null if it is not in the queue; an error if it could not be read.
    boost::asio::awaitable<queue::result<std::shared_ptr<const queue::stored_message>>> envelope(
        queue::message_id id
    );
    boost::asio::awaitable<queue::result<std::string>> chunk(
        queue::message_id id, std::uint32_t index
    );

    bool is_shared() const noexcept { return shared_ != nullptr; }
    // Who shares the queue, the eldest first; of a queue with one owner, none.
    boost::asio::awaitable<queue::result<std::vector<queue::node>>> nodes();
    // How many deliveries this node has.
    boost::asio::awaitable<std::size_t> count_own();

    // Claims those of the deliveries that are not ours and that no other node has: they are ours
    // then.
    boost::asio::awaitable<void> take(std::vector<listed>& entries);

    boost::asio::awaitable<outbound::order_outcome> carry_out(
        std::shared_ptr<const outbound::operator_order> order,
        std::vector<outbound::order_part> parts
    );

private:
    // The dispatcher's thread and a reader of the store are busy with them, and mail needs both,
    // too.
    static constexpr std::size_t looked_at_once = 64;
    // A question to a store that is elsewhere costs more than what it answers.
    static constexpr std::size_t read_at_once = 256;

    // Sets which recipients of a delivery are meant. False if none is.
    static bool choose(listed& entry, const selector& wanted);

    boost::asio::awaitable<page> collect(
        std::shared_ptr<const selector> wanted, list_cursor first, std::size_t limit
    );
    boost::asio::awaitable<page> collect_named(
        std::shared_ptr<const selector> wanted, slot first, std::size_t limit
    );
    // What this node has not claimed.
    boost::asio::awaitable<page> collect_others(
        std::shared_ptr<const selector> wanted, queue::entry_name first, std::size_t limit
    );
    boost::asio::awaitable<queue::result<queue::other_entries>> read_others(queue::entry_name first
    );
    boost::asio::awaitable<std::vector<listed>> fit_others(
        std::shared_ptr<const selector> wanted, std::vector<queue::other_entry> entries
    );
    boost::asio::awaitable<queue::result<std::vector<queue::other_entry>>> find_others(
        std::vector<queue::message_id> ids
    );
    boost::asio::awaitable<std::vector<listed>> look_at_others(
        std::vector<first_deliveries::place> places
    );
    // Where what is not asked of the dispatcher at once begins; nothing: there is nothing else.
    std::optional<list_cursor> begin_of_rest(bool reads) const;
    // Why envelopes could not be read.
    boost::asio::awaitable<boost::system::error_code> offer_all(
        std::shared_ptr<const selector> wanted, list_order order, first_deliveries& kept
    );
    boost::asio::awaitable<std::vector<listed>> look_at(std::vector<first_deliveries::place> places
    );
    boost::asio::awaitable<std::vector<listed>> look_at_all(
        std::vector<first_deliveries::place> places
    );
    boost::asio::awaitable<boost::system::error_code> read_envelopes(std::vector<listed>& entries);

    boost::asio::any_io_executor executor_;
    outbound::dispatcher& queue_;
    queue::store& store_;
    queue::shared_store* const shared_;
    const std::function<bool()> complete_;
    storage::home home_;
};

}  // namespace kurir::control
