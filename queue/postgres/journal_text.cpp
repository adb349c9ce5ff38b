#include "queue/postgres/journal_text.hpp"

#include <optional>
#include <utility>

#include "queue/settlement_codec.hpp"

namespace kurir::queue::postgres {

namespace {

constexpr char mark = '=';
constexpr std::size_t frame_size = 1 + sizeof(std::uint32_t);
// A bounce has one chunk of a message at most, and little else.
constexpr std::uint32_t record_max = 16U << 20;

struct framed {
    settlement end;
    std::size_t size = 0;  // with its frame
};

std::optional<framed> record_at(std::string_view bytes) {
    if (bytes.front() != mark || bytes.size() < frame_size) return std::nullopt;
    field_reader frame(bytes.substr(1, sizeof(std::uint32_t)));
    const auto size = frame.fixed<std::uint32_t>("size");
    if (size > record_max || size > bytes.size() - frame_size) return std::nullopt;
    auto end = decode_settlement(bytes.substr(frame_size, size));
    if (!end) return std::nullopt;
    return framed{.end = std::move(*end), .size = frame_size + size};
}

}  // namespace

void append_framed(std::string& target, std::string_view record) {
    field_writer frame(target);
    frame.byte(static_cast<std::uint8_t>(mark));
    frame.fixed(static_cast<std::uint32_t>(record.size()));
    frame.bytes(record);
}

journal_content read_journal(std::string_view file) {
    journal_content found;
    if (!file.starts_with(journal_head)) {
        found.damaged = file.size();
        return found;
    }
    auto rest = file.substr(journal_head.size());
    std::uint64_t skipped = 0;
    while (!rest.empty()) {
        auto record = record_at(rest);
        if (!record) {
            ++skipped;
            rest.remove_prefix(1);
            continue;
        }
        found.ends.push_back(std::move(record->end));
        found.damaged += std::exchange(skipped, 0);
        rest.remove_prefix(record->size);
    }
    found.torn = skipped;
    return found;
}

}  // namespace kurir::queue::postgres
