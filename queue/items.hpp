// Tagged fields at the end of a record, each with its length: those that most records have not, and
// those that a later version of the program will add.
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

// Of all kinds of records. The numbers are stored: never change one, never use one again.
enum class item : std::uint32_t {
    // In an envelope.
    envid = 2,
    ret = 4,
    recipients = 6,  // what recipients have beside their addresses: items of their own, below
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

    // Nothing if it is empty.
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

    // After the last item.
    void end() { put_unknown_below(UINT64_MAX); }

private:
    void put_unknown_below(std::uint64_t tag);

    std::string& out_;
    std::string_view unknown_;
};

// The next item. `tag` is zero, which no item has, if there is none or something is wrong.
struct next_item {
    std::uint64_t tag = 0;
    std::string_view content;
    std::string_view whole;  // with its tag and length
};
next_item read_item(field_reader& from, std::uint64_t last_tag);

// Reads all that is left of `from`, and calls `take` with each item and a reader of its content:
// false if it does not know the item. Optional ones that it does not know are appended to
// `unknown`, or left out if that is null.
template <class Take>
void read_items(field_reader& from, std::string* unknown, Take take) {
    std::uint64_t last_tag = 0;
    while (from.good() && !from.empty()) {
        const auto next = read_item(from, last_tag);
        if (!from.good()) return;
        last_tag = next.tag;
        field_reader content(next.content);
        if (take(static_cast<item>(next.tag), content)) {
            content.end("an item");
            if (!content.good()) from.fail(content.error());
        } else if (is_required(next.tag)) {
            const auto name = "item " + std::to_string(next.tag);
            from.fail(decode_error{errc::newer, name + field_reader::later_program});
        } else if (unknown != nullptr) {
            unknown->append(next.whole);
            from.check(unknown->size() <= longest::unknown, "unknown items", "are too long");
        }
    }
}

}  // namespace kurir::queue
