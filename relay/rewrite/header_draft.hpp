// A header section while it is changed, field by field. What is not changed keeps every byte. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "relay/message/address_field.hpp"
#include "relay/message/header_edit.hpp"
#include "relay/message/header_scan.hpp"

namespace kurir::rewrite {

struct draft_field {
    std::string name;       // as it is written
    std::size_t begin = 0;  // in the message; the same as `end`: the field is new
    std::size_t value = 0;  // behind the colon
    std::size_t end = 0;
    bool removed = false;
    std::string text = {};  // in place of the field: all of it with its CRLF; empty: as it was
    std::vector<message::header_change> edits = {};  // in the field, if it has no `text`
};

class header_draft {
public:
    // `message` must outlive the draft, and begins with the section that `facts` are of.
    header_draft(std::string_view message, const message::header_facts& facts);

    // All fields, those that are removed, too: ask `is_there`.
    std::vector<draft_field>& fields() noexcept { return fields_; }

    // The value of a field as the message has it, which may be folded.
    std::string_view value_of(const draft_field& field) const noexcept;

    // The fields of this name that are there, in any case.
    std::vector<draft_field*> named(std::string_view name);

    // In front of all fields, or behind them. Pointers to fields become invalid.
    void prepend(std::string name, std::string text);
    void append(std::string name, std::string text);

    // The first field of this name gets this text, and others are removed; without one it is
    // appended.
    void set(std::string_view name, std::string text);

    // In their order, not overlapping.
    std::vector<message::header_change> changes() const;

private:
    std::string_view message_;
    std::size_t begin_;
    std::size_t end_;  // of the fields
    std::vector<draft_field> fields_;
};

// Adds changes in the value of a field.
void edit_value(draft_field& field, const std::vector<message::address_change>& changes);

}  // namespace kurir::rewrite
