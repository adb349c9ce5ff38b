// What a store tells of a queue that several owners share: who they are, and the deliveries that
// this owner has not claimed.
//
// What an operator holds is announced to nobody unless it is taken: any owner may end the hold.
//
// The calls complete as those of queue/store.hpp. They are for operators: bounded pieces, without
// a lock, so that a list is right for the moment at which each piece was read.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "queue/notice.hpp"
#include "queue/shared_rate.hpp"
#include "queue/store.hpp"

namespace kurir::queue {

// What people know a node by. Printable.
struct node_facts {
    std::string host = {};     // name of the machine
    std::string version = {};  // of the program
    std::string address = {};  // of its API, host and port; empty: it has none
};

// An owner that shares the queue: a life of a process.
struct node {
    std::string id;  // no other life of a process has it
    node_facts facts;
    std::chrono::milliseconds age{};     // since it began
    std::chrono::milliseconds silent{};  // since it was heard of last
    std::size_t claimed = 0;             // deliveries
    bool is_self = false;
};

// What a node told the others.
struct node_words {
    std::string text;
    std::chrono::milliseconds age{};  // since it told them
};

// What a node tells all that are there within some time, also those that come later.
struct lasting_words {
    std::string text;
    std::chrono::milliseconds time{};  // how long it is kept
};

// How far a node has read words that last; as it is made: nothing. For stores only.
struct lasting_place {
    std::int64_t server = 0;  // the life of the database server: another may know less
    std::int64_t number = 0;

    bool operator==(const lasting_place&) const = default;
};

struct node_telling {
    // Instead of what this node told before; nothing: that stays.
    std::optional<std::string> words = std::nullopt;
    std::vector<lasting_words> lasting = {};
    lasting_place last = {};  // lasting words that are known, as `node_hearing::last`
};

struct node_hearing {
    // What each other node that is alive (`silence_max`) tells. One that has ended tells nothing.
    std::vector<node_words> words = {};
    // The others hear what this node tells, as that of `words`. Otherwise the store does not know
    // of the node yet, or has forgotten it: it has to tell all again.
    bool is_told = false;
    // Those of all nodes, this one with them, that are not known: the first of them, in the order
    // in which they were told.
    std::vector<node_words> lasting = {};
    lasting_place last = {};
    bool more = false;
    // All of them come again: from here on until there are no more. Words that were told and are
    // not among them are lost: the database can't tell what came since.
    bool from_start = false;
};
// Lasting words that are read at a time.
inline constexpr std::size_t lasting_page_max = 100;

// A node is heard of every second or two. One that is silent for longer than this is gone, or has
// no way to the database.
inline constexpr std::chrono::milliseconds silence_max = std::chrono::seconds(10);
// After this it is not told of any more.
inline constexpr std::chrono::milliseconds node_remembered = std::chrono::hours(1);

// Short and unlike that of any other node: "mail1/5f0e9a1c".
inline std::string name_of(const std::string& host, const std::string& id) {
    return host + '/' + id.substr(0, 8);
}

// Names of entries, in the order in which they are listed.
struct entry_name {
    message_id id;
    entry_id entry = {};
    auto operator<=>(const entry_name&) const = default;
};

// An entry that this owner has not claimed.
struct other_entry {
    delivery waiting;                           // due by this owner's clock
    std::string holder = {};                    // name of the node that has it; empty: none
    std::optional<time_point> held_until = {};  // when that claim ends if it is not renewed
};

struct other_entries {
    std::vector<other_entry> found;
    std::optional<entry_name> next = std::nullopt;  // where to go on; nothing: that was all
};

class shared_store {
public:
    virtual ~shared_store() = default;

    // Up to `limit` entries, some hundreds, from `first` on, in their order. It may be fewer than
    // `limit`, or none, and there are more nevertheless.
    virtual void browse(
        entry_name first, std::size_t limit, completion_queue& home, completion<other_entries> done
    ) = 0;

    // Those of some hundred messages, in their order.
    virtual void find(
        std::vector<message_id> ids,
        completion_queue& home,
        completion<std::vector<other_entry>> done
    ) = 0;

    // Claims those of these entries that nobody has, also if they are not due, and announces them.
    // Completes with how many it has claimed, after they were announced.
    virtual void take(
        std::vector<entry_name> entries, completion_queue& home, completion<std::size_t> done
    ) = 0;

    // All that were heard of lately, the eldest first.
    virtual void nodes(completion_queue& home, completion<std::vector<node>> done) = 0;

    // The same without what they have claimed: cheap enough to be asked every second.
    virtual void heard_nodes(completion_queue& home, completion<std::vector<node>> done) = 0;

    // Tells the other nodes something, and completes with what they tell. It may have been done
    // although it completes with an error; then words that last are there twice if they are told
    // again.
    virtual void tell_nodes(
        node_telling telling, completion_queue& home, completion<node_hearing> done
    ) = 0;

    // Posts `board_page_max` notices at most, of which no two have the same kind and key, all or
    // none. It may have been done although it completes with an error; doing it again is harmless.
    virtual void post(
        std::vector<notice> notices, completion_queue& home, completion<void> done
    ) = 0;

    // What was posted since `last`, in that order, by whomever: the next `limit` or some more.
    // Where the board can't tell what came since, it begins anew (`from_start`), without removals
    // of long ago.
    virtual void read_board(
        board_place last, std::size_t limit, completion_queue& home, completion<board_page> done
    ) = 0;

    // Draws tokens of a rate that all nodes keep together, and gives some back (shared_rate.hpp).
    // It may have been done although it completes with an error: then the tokens are lost until the
    // period is over, and giving back must not be tried again.
    virtual void draw_tokens(
        token_request request, completion_queue& home, completion<token_grant> done
    ) = 0;
};

}  // namespace kurir::queue
