// Keys of the names of submissions, among those of `family::meta`: "name/", the number of the
// period in which it was committed (`u32`), and the name. A period has 30 days of the queue's
// clock, so that all names of an old one are erased at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue {

// Of a name that is committed now.
std::string name_key(std::string_view name, time_point now);

// Where a name that is still kept may be, the newest first.
std::vector<std::string> name_keys(std::string_view name, time_point now);

// Names from the first key up to the second, without it, are not kept any more.
struct old_names {
    std::string first;
    std::string end;
};
old_names names_to_forget(time_point now);

}  // namespace kurir::queue
