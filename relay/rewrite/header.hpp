// Changes a header section by the rules of rewriting: addresses of senders, forced senders,
// Received fields, and fields that are added, set or removed, in this order. Every other byte
// stays. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/message/header_edit.hpp"
#include "relay/message/header_scan.hpp"
#include "relay/rewrite/address_edits.hpp"
#include "relay/rewrite/submission.hpp"

namespace kurir::rewrite {

struct changed_header {
    std::vector<message::header_change> changes;  // in their order, not overlapping
    std::vector<replaced_address> authors;        // in From
    std::vector<std::string> unreadable;  // names of fields that no rule could be asked about
};

// Whether there is any rule for headers.
bool changes_headers(const config::config& config);

// `text` begins with the header section that `facts` are of, whose last line is complete.
changed_header change_header(
    const config::config& config,
    const submission& message,
    std::string_view text,
    const message::header_facts& facts
);

}  // namespace kurir::rewrite
