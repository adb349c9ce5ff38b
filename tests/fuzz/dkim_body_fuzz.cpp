// Relaxed forms of a body and of fields: the first byte says how the body is cut. What is checked:
// the cuts change nothing, the body is what a plain reading of RFC 6376 makes of it, and a relaxed
// form is its own.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/dkim/canonical.hpp"
#include "relay/dkim/header_fields.hpp"

using namespace kurir;

namespace {

std::string relaxed(std::string_view body, std::size_t step) {
    dkim::relaxed_body reader;
    std::string made;
    const auto sink = [&made](std::string_view text) { made += text; };
    for (std::size_t size = 1; !body.empty(); size = size % 97 * step % 61 + 1) {
        const auto chunk = step == 0 ? body : body.substr(0, size);
        reader.add(chunk, sink);
        body.remove_prefix(chunk.size());
    }
    reader.finish(sink);
    return made;
}

std::string relaxed_line(std::string_view line) {
    std::string made;
    for (const char c : base::trimmed_back(line)) {
        const bool blank = base::is_blank(c);
        if (!blank || made.empty() || made.back() != ' ') made += blank ? ' ' : c;
    }
    return made;
}

// Line by line, as the RFC tells it.
std::string plainly_relaxed(std::string_view body) {
    std::string made;
    while (!body.empty()) {
        const auto end = std::min(body.find("\r\n"), body.size());
        made += relaxed_line(body.substr(0, end)) + "\r\n";
        body.remove_prefix(std::min(end + 2, body.size()));
    }
    while (made == "\r\n" || made.ends_with("\r\n\r\n"))
        made.resize(made.size() - 2);
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = relaxed(text, 0);
    assert(whole == plainly_relaxed(text));
    assert(whole == relaxed(text, data[0]));
    assert(whole == relaxed(whole, data[0]));

    for (const auto& each : dkim::fields_of(text)) {
        const auto field = dkim::relaxed_field(each.text);
        assert(field.find("\r\n") == field.size() - 2);
        assert(field.find("  ") == field.npos && field.find('\t') == field.npos);
        assert(field == dkim::relaxed_field(field));
    }
    return 0;
}
