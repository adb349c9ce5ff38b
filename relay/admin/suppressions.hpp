// The operations on the suppression list that the HTTP API and the command line call. Implemented
// in `app`.
//
// What an operator added or removed is on the disk when the answer says so, and counts for the next
// RCPT. The entries of KURIR_SUPPRESSION_LIST are not among these: they are changed in their file.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/suppression/entry.hpp"
#include "relay/suppression/import.hpp"
#include "relay/suppression/page.hpp"

namespace kurir::admin {

// What an operator says of an address. Texts are as they were typed.
struct suppression_order {
    std::string address = {};  // "ann@example.com", "*@example.com" or "example.com"
    std::string tenant = {};
    std::string reason = {};
    std::string added_by = {};
    std::string until = {};  // a time (relay/suppression/time_text.hpp); empty: for ever
};

enum class suppression_failure : std::uint8_t {
    bad_order,  // it has a mistake
    not_found,  // there is no such entry
    full,       // the list has no room for more
    disk,       // it could not be written, and nothing has changed
};

struct suppression_refusal {
    suppression_failure failure = suppression_failure::bad_order;
    std::string text;  // a sentence for the operator, without its full stop
};

template <class T>
using suppression_result = base::result<T, suppression_refusal>;

// The order's text for a whole list. `defaults` hold for entries that say nothing else.
struct suppression_import {
    std::string text = {};
    suppression::list_format format = suppression::list_format::automatic;
    suppression_order defaults = {};  // its address does not count
    bool dry_run = false;             // only reads the list
};

struct suppression_import_report {
    std::size_t added = 0;
    std::size_t replaced = 0;  // was in the list, and said something else
    std::size_t unchanged = 0;
    std::size_t bad = 0;                                 // lines that can't be read
    std::vector<suppression::import_mistake> told = {};  // the first of these
};

// Every function is called on the thread of the HTTP server, and does not block it.
class suppressions {
public:
    virtual ~suppressions() = default;

    // A page of `limit` entries at most, 1 to 1,000, from `cursor` on (relay/suppression/page.hpp).
    // An operator's tenant in `filter` needs `suppression::read_tenant` first.
    virtual boost::asio::awaitable<suppression::page> list(
        suppression::filter filter, std::string cursor, std::size_t limit
    ) = 0;

    // Adds an entry, or replaces the one of its address and tenant. Returns it as it is now.
    virtual boost::asio::awaitable<suppression_result<suppression::entry>> add(
        suppression_order order
    ) = 0;

    // Removes the entry of `address` and `tenant`, and returns it. `removed_by` and `because` are
    // for the log.
    virtual boost::asio::awaitable<suppression_result<suppression::entry>> remove(
        std::string address, std::string tenant, std::string removed_by, std::string because
    ) = 0;

    // Takes what can be read of a list (relay/suppression/import.hpp), and says what can't. If it
    // fails
    // (`full`, `disk`), the entries before are in the list: it may be imported again.
    virtual boost::asio::awaitable<suppression_result<suppression_import_report>> import_list(
        suppression_import order
    ) = 0;

    // The list from `cursor` on, in pieces of some hundred kilobytes, as `import_list` reads it.
    // `format` is `csv` or `json`. Expired entries are among them.
    virtual boost::asio::awaitable<suppression::text_piece> export_from(
        std::string cursor, suppression::list_format format
    ) = 0;
};

}  // namespace kurir::admin
