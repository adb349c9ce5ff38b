#include "relay/base/open_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

namespace kurir::base {

namespace {

std::error_code last_error() {
    return {errno, std::generic_category()};
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto size = ::write(file, text.data(), text.size());
        if (size <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return ::fsync(file) == 0;
}

}  // namespace

std::error_code replace_file(const std::filesystem::path& path, std::string_view text) {
    auto added = path;
    added += ".new";
    ::unlink(added.c_str());
    {
        const open_file file(added, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (file.number < 0 || !write_all(file.number, text)) return last_error();
    }
    if (::rename(added.c_str(), path.c_str()) != 0) return last_error();
    const open_file folder(path.parent_path(), O_RDONLY | O_DIRECTORY);
    if (folder.number < 0 || ::fsync(folder.number) != 0) return last_error();
    return {};
}

}  // namespace kurir::base
