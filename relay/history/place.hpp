// Where the history is kept and found again: files of this relay (event_files.hpp, search.hpp), or
// a database that several relays share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "relay/base/result.hpp"

namespace kurir::history {

struct finding {
    std::vector<std::string> lines;  // oldest first
    bool more = false;               // there are older ones
};

// Called by one thread, which it may block.
class keeper {
public:
    keeper() = default;
    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;
    virtual ~keeper() = default;

    // Appends whole lines. What is too much or too old is removed before. An error: they are lost.
    virtual std::error_code append(std::string_view lines) = 0;

    // Whether lines wait for a better time: then `append` is soon called again, if only with none.
    virtual bool is_behind() const { return false; }

    // Removes what is too old, though nothing is written.
    virtual void keep_limits() = 0;
};

// Called by one thread, which it may block.
class source {
public:
    source() = default;
    source(const source&) = delete;
    source& operator=(const source&) = delete;
    virtual ~source() = default;

    // The newest `limit` lines about an address, a message, a user or a client; or why they can't
    // be read.
    virtual base::result<finding, std::string> find(std::string_view wanted, std::size_t limit) = 0;
};

}  // namespace kurir::history
