#include "queue/items.hpp"

namespace kurir::queue {

void item_writer::put_unknown_below(std::uint64_t tag) {
    while (!unknown_.empty()) {
        field_reader fields(unknown_);
        const auto next = read_item(fields, 0);
        assert(fields.good());
        if (next.tag > tag) return;
        out_.append(next.whole);
        unknown_.remove_prefix(next.whole.size());
    }
}

next_item read_item(field_reader& fields, std::uint64_t last_tag) {
    const auto all = fields.remaining();
    next_item next;
    next.tag = fields.number<std::uint32_t>("tag of an item");
    fields.check(next.tag > last_tag, "tag of an item", "is not greater than the one before");
    const auto size = fields.number("length of an item");
    fields.check(size != 0, "an item", "is empty");
    next.content = fields.bytes("an item", size);
    next.whole = all.substr(0, all.size() - fields.remaining().size());
    return fields.good() ? next : next_item();
}

}  // namespace kurir::queue
