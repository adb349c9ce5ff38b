#include "relay/base/open_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace kurir::base {

namespace {

std::error_code last_error() {
    return {errno, std::generic_category()};
}

}  // namespace

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

result<std::string, std::error_code> content_to_replace(const std::filesystem::path& path) {
    const open_file file(path, O_RDONLY);
    if (file.number < 0) {
        if (errno == ENOENT) return std::string();
        return last_error();
    }
    std::string all;
    char piece[16384];
    for (;;) {
        const auto size = ::read(file.number, piece, sizeof piece);
        if (size < 0) return last_error();
        if (size == 0) return all;
        all.append(piece, static_cast<std::size_t>(size));
    }
}

std::error_code write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto size = ::write(file, text.data(), text.size());
        if (size < 0) return last_error();
        if (size == 0) return std::make_error_code(std::errc::no_space_on_device);
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
}

std::error_code sync(int file) {
    return ::fsync(file) == 0 ? std::error_code() : last_error();
}

std::error_code replace_file(
    const std::filesystem::path& path, const file_writer& write, ::mode_t mode
) {
    auto added = path;
    added += ".new";
    ::unlink(added.c_str());
    {
        const open_file file(added, O_WRONLY | O_CREAT | O_EXCL, mode);
        if (file.number < 0) return last_error();
        if (const auto error = write(file.number)) return error;
        if (const auto error = sync(file.number)) return error;
    }
    if (::rename(added.c_str(), path.c_str()) != 0) return last_error();
    const open_file folder(path.parent_path(), O_RDONLY | O_DIRECTORY);
    if (folder.number < 0 || ::fsync(folder.number) != 0) return last_error();
    return {};
}

std::error_code replace_file(
    const std::filesystem::path& path, std::string_view text, ::mode_t mode
) {
    return replace_file(path, [text](int file) { return write_all(file, text); }, mode);
}

}  // namespace kurir::base
