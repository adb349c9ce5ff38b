#include "queue/rocks/given_names.hpp"

#include "queue/rocks/name_keys.hpp"

namespace kurir::queue {

namespace {

decoded<std::optional<message_id>> load_name(
    const database& source, const std::string& name, time_point now
) {
    for (const auto& at : name_keys(name, now)) {
        rocksdb::PinnableSlice record;
        const auto status = source.get(family::meta, at, record);
        if (status.IsNotFound()) continue;
        if (!status.ok()) return decode_error{errc::failed, status.ToString()};
        const auto number = decode_numbers(record.ToStringView(), 1);
        if (!number) return decode_error{errc::failed, "a name's record is damaged"};
        return std::optional(message_id(number->front()));
    }
    return std::optional<message_id>();
}

}  // namespace

decoded<named_messages> load_names(
    const database& source, const std::vector<std::string>& names, time_point now
) {
    named_messages found;
    found.reserve(names.size());
    for (const auto& name : names) {
        auto id = load_name(source, name, now);
        if (!id) return id.error();
        found.push_back(*id);
    }
    return found;
}

}  // namespace kurir::queue
