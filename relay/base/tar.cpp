#include "relay/base/tar.hpp"

#include <algorithm>
#include <optional>

namespace kurir::base {

namespace {

struct tar_field {
    std::size_t begin;
    std::size_t size;
};
constexpr tar_field name_field{0, 100};
constexpr tar_field mode_field{100, 8};
constexpr tar_field user_field{108, 8};
constexpr tar_field group_field{116, 8};
constexpr tar_field size_field{124, 12};
constexpr tar_field time_field{136, 12};
constexpr tar_field sum_field{148, 8};
constexpr tar_field type_field{156, 1};
constexpr tar_field magic_field{257, 8};
constexpr tar_field prefix_field{345, 155};

std::string_view slice_of(std::string_view block, tar_field field) {
    return block.substr(field.begin, field.size);
}

// Up to the first NUL.
std::string text_of_field(std::string_view block, tar_field field) {
    const auto bytes = slice_of(block, field);
    return std::string(bytes.substr(0, bytes.find('\0')));
}

std::optional<std::uint64_t> octal_of(std::string_view digits) {
    const auto begin = digits.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    std::size_t at = begin;
    for (; at < digits.size() && digits[at] >= '0' && digits[at] <= '7'; ++at)
        value = value * 8 + static_cast<std::uint64_t>(digits[at] - '0');
    const bool ended =
        std::ranges::all_of(digits.substr(at), [](char c) { return c == ' ' || c == '\0'; });
    if (at == begin || !ended) return std::nullopt;
    return value;
}

void put_octal(std::string& block, tar_field field, std::uint64_t value) {
    block[field.begin + field.size - 1] = '\0';
    for (std::size_t at = field.size - 1; at > 0; --at, value /= 8)
        block[field.begin + at - 1] = static_cast<char>('0' + value % 8);
}

// Of all bytes, those of the sum itself being spaces.
std::uint64_t sum_of(std::string_view block) {
    std::uint64_t sum = sum_field.size * std::uint64_t{' '};
    for (std::size_t at = 0; at < block.size(); ++at) {
        if (at >= sum_field.begin && at < sum_field.begin + sum_field.size) continue;
        sum += static_cast<unsigned char>(block[at]);
    }
    return sum;
}

bool leaves_its_folder(std::string_view name) {
    if (name.starts_with('/')) return true;
    while (!name.empty()) {
        const auto end = std::min(name.find('/'), name.size());
        if (name.substr(0, end) == "..") return true;
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return false;
}

// For an error: what a terminal can show, and not much of it.
std::string shown_name(std::string_view name) {
    constexpr std::size_t most = 100;
    std::string text(name.substr(0, most));
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?'
    );
    return text;
}

}  // namespace

std::string tar_header(std::string_view name, std::uint64_t size, std::uint64_t time) {
    std::string block(tar_block, '\0');
    block.replace(
        name_field.begin, std::min(name.size(), name_field.size), name, 0, name_field.size
    );
    put_octal(block, mode_field, 0600);
    put_octal(block, user_field, 0);
    put_octal(block, group_field, 0);
    put_octal(block, size_field, size);
    put_octal(block, time_field, time);
    block[type_field.begin] = '0';
    block.replace(magic_field.begin, magic_field.size, std::string_view("ustar\00000", 8));
    const auto sum = sum_of(block);
    put_octal(block, {sum_field.begin, sum_field.size - 1}, sum);
    block[sum_field.begin + sum_field.size - 1] = ' ';
    return block;
}

std::size_t tar_padding(std::uint64_t size) noexcept {
    return (tar_block - size % tar_block) % tar_block;
}

result<tar_entry, std::string> read_tar_header(std::string_view block) {
    const auto fail = [](std::string why) {
        return result<tar_entry, std::string>{boost::system::in_place_error, std::move(why)};
    };
    if (block.size() != tar_block) return fail("the archive ends within a header");
    if (std::ranges::all_of(block, [](char c) { return c == '\0'; })) return tar_entry();
    const auto sum = octal_of(slice_of(block, sum_field));
    if (!sum || *sum != sum_of(block))
        return fail("a header is damaged, or this is no tar archive");
    tar_entry entry;
    const auto prefix = text_of_field(block, prefix_field);
    const bool has_prefix = slice_of(block, magic_field).starts_with("ustar") && !prefix.empty();
    entry.name = (has_prefix ? prefix + '/' : "") + text_of_field(block, name_field);
    const auto shown = shown_name(entry.name);
    const auto size = octal_of(slice_of(block, size_field));
    if (!size) return fail(shown + ": its size is no number");
    entry.size = *size;
    if (leaves_its_folder(entry.name)) return fail(shown + ": its name leads out of the archive");
    const char type = block[type_field.begin];
    switch (type) {
        case '0':
        case '\0':
            entry.kind = tar_entry::kind_of::file;
            return entry;
        case '5':  // a folder
            entry.kind = tar_entry::kind_of::skipped;
            entry.size = 0;
            return entry;
        case 'x':  // times and owners of the next file, in a newer format
        case 'g':
            entry.kind = tar_entry::kind_of::skipped;
            return entry;
        default:
            return fail(shown + ": it is no plain file");
    }
}

}  // namespace kurir::base
