// The items of `delivery_terms`, which envelopes and entries of the schedule have in common. Pure.
#pragma once

#include "queue/items.hpp"
#include "queue/terms.hpp"

namespace kurir::queue {

void put_terms(const delivery_terms& terms, item_writer& items);

// False if `tag` is not an item of terms.
bool take_terms_item(item tag, field_reader& content, delivery_terms& terms);

}  // namespace kurir::queue
