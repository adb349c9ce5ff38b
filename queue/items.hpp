// Tagged fields at the end of a record, each with its length: fields that few records have, and
// fields that later versions of the program will add.
//
//   n tag | n length | content          ascending tags, each at most once, no empty content
//
// An item with an even tag is optional: a program that does not know it leaves it out, and treats
// the rest as if it were not there. One with an odd tag is required: a program that does not know
// it does not touch the message.
//
// Pure.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "queue/record.hpp"

namespace kurir::queue {

// The tags of all kinds of records. The numbers are stored: never change or reuse one.
enum class item : std::uint32_t {
    // In an envelope.
    envid = 2,
    ret = 4,
    recipients = 6,  // what recipients have beside their addresses: items of their own, see below
    prefix = 9,
    body_hashes = 10,
    trace_parent = 12,
    trace_state = 14,
    listener = 16,
    idempotency_key = 18,
    // The terms, in an envelope and in an entry of the schedule.
    route = 32,
    credential = 34,
    release_at = 37,
    deadline = 39,
    require_tls = 41,
    hold = 43,
    // In an entry of the schedule.
    sender_domain = 46,
    // Of one recipient.
    notify = 66,
    original_recipient = 68,
};

constexpr bool is_required(std::uint64_t tag) {
    return tag % 2 == 1;
}

// Appends items, which the caller gives in ascending order. Those in `unknown`, which a later
// version wrote, go between them where they belong.
class item_writer {
public:
    explicit item_writer(std::string& out, std::string_view unknown = {})
        : out_(out), unknown_(unknown) {}

    void content(item tag, std::string_view bytes) {
        put_unknown_below(static_cast<std::uint64_t>(tag));
        field_writer fields(out_);
        fields.number(static_cast<std::uint64_t>(tag));
        fields.text(bytes);
    }

    // Writes nothing if `value` is empty.
    void text(item tag, std::string_view value, std::size_t size_max) {
        assert(value.size() <= size_max);
        if (!value.empty()) content(tag, value);
    }

    // Calls `write` with a `field_writer` for the content.
    template <class Write>
    void fields(item tag, Write write) {
        std::string made;
        field_writer into(made);
        write(into);
        content(tag, made);
    }

    // Call it after the last item.
    void end() { put_unknown_below(UINT64_MAX); }

private:
    void put_unknown_below(std::uint64_t tag);

    std::string& out_;
    std::string_view unknown_;
};

// The next item. `tag` is zero, which no item has, if there is no item or the record is wrong.
struct next_item {
    std::uint64_t tag = 0;
    std::string_view content;
    std::string_view whole;  // with its tag and length
};
next_item read_item(field_reader& fields, std::uint64_t last_tag);

// Reads all that is left of `fields`, and calls `take` with each item and a reader of its content:
// false if it does not know the item. Unknown optional items are appended to `unknown`, or dropped
// if that is null.
template <class Take>
void read_items(field_reader& fields, std::string* unknown, Take take) {
    std::uint64_t last_tag = 0;
    while (fields.good() && !fields.empty()) {
        const auto next = read_item(fields, last_tag);
        if (!fields.good()) return;
        last_tag = next.tag;
        field_reader content(next.content);
        if (take(static_cast<item>(next.tag), content)) {
            content.end("an item");
            if (!content.good()) fields.fail(content.error());
        } else if (is_required(next.tag)) {
            const auto name = "item " + std::to_string(next.tag);
            fields.fail(decode_error{errc::newer, name + field_reader::later_program});
        } else if (unknown != nullptr) {
            unknown->append(next.whole);
            fields.check(unknown->size() <= longest::unknown, "unknown items", "are too long");
        }
    }
}

}  // namespace kurir::queue
