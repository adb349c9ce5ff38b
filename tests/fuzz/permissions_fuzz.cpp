// Lines of permissions: what is read is written, read again and stays the same; and a client gets
// the first line whose subject it is, whatever the index of subjects does.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "relay/config/permissions.hpp"

namespace {

using namespace kurir::config;

// Each subject in turn as the client.
void check_found(const permissions& lines) {
    for (const auto& line : lines.all()) {
        permission_query query;
        const std::string_view subject = line.subject;
        if (subject.starts_with("user:")) query.credential = subject.substr(5);
        if (subject.starts_with("cert:")) query.credential = subject;
        if (!line.networks.empty()) query.address = line.networks.networks().front().base;
        const auto* found = lines.find(query);
        // "cert:" in a user's name means a certificate, so that no line is for such a user.
        const bool confused = subject.starts_with("user:cert:");
        assert(confused || (found != nullptr && found <= &line));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    permissions lines;
    if (const auto wrong = permissions::read(input, lines)) {
        assert(wrong->starts_with("has "));
        return 0;
    }
    const auto text = lines.text();
    permissions again;
    assert(!permissions::read(text, again));
    assert(again.text() == text);
    assert(again.all().size() == lines.all().size());
    check_found(lines);
    for (const auto& line : lines.all()) {
        assert(line.distinct.value_or(rate{}).count <= permissions::distinct_max);
        for (const auto& pattern : line.senders) {
            const bool is_whole = !pattern.starts_with('*') && !pattern.starts_with('@');
            assert(!is_whole || line.allows_sender(pattern));
        }
    }
    return 0;
}
