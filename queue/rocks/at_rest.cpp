#include "queue/rocks/at_rest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <sstream>
#include <utility>
#include <vector>

#include "queue/crc32c.hpp"
#include "queue/rocks/salvage.hpp"

namespace kurir::queue {

namespace fs = std::filesystem;

namespace {

using sizes = std::vector<std::pair<std::string, std::uint64_t>>;

fs::path note_in(const fs::path& directory) {
    return directory / "at_rest";
}

bool is_manifest(const std::string& name) {
    return name.starts_with("MANIFEST-");
}

// The last line of a note with this text: its checksum.
std::string seal(const std::string& text) {
    return "end " + std::to_string(crc32c(text)) + "\n";
}

// The text of a file that is not a link; empty if there is no such file.
std::string read_plain(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    std::string text;
    std::array<char, 4096> piece{};
    ssize_t size = 0;
    while (file >= 0 && (size = ::read(file, piece.data(), piece.size())) > 0)
        text.append(piece.data(), static_cast<std::size_t>(size));
    if (file >= 0) ::close(file);
    return text;
}

// Writes a file under this name. An existing link is replaced, not followed.
bool write_anew(const fs::path& path, const std::string& text) {
    auto fresh = path;
    fresh += ".new";
    std::error_code ec;
    fs::remove(fresh, ec);
    ec.clear();
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const int file = ::open(fresh.c_str(), flags, 0640);
    if (file < 0) return false;
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    if (written) fs::rename(fresh, path, ec);
    const bool placed = written && !ec;
    if (!placed) fs::remove(fresh, ec);
    return placed;
}

// Empty if the note is incomplete.
sizes read_note(const fs::path& note) {
    const auto all = read_plain(note);
    const auto end = all.rfind("end ");
    if (end == std::string::npos || all.substr(end) != seal(all.substr(0, end))) return {};
    std::istringstream lines(all.substr(0, end));
    sizes noted;
    std::string name;
    std::uint64_t size = 0;
    while (lines >> name >> size)
        noted.emplace_back(name, size);
    return noted;
}

}  // namespace

void note_at_rest(const fs::path& directory) {
    std::string text;
    std::error_code ec;
    for (const auto& file : fs::directory_iterator(directory / "db", ec)) {
        const auto name = file.path().filename().string();
        if (file.path().extension() != ".log" && !is_manifest(name)) continue;
        if (!sync_path(file.path())) return;
        const auto size = fs::file_size(file.path(), ec);
        if (ec) return;
        text += name + " " + std::to_string(size) + "\n";
    }
    const auto note = note_in(directory);
    const bool written = write_anew(note, text + seal(text)) && sync_path(directory);
    if (!written) fs::remove(note, ec);
}

changed_at_rest look_at_rest(const fs::path& directory) {
    changed_at_rest changed;
    for (const auto& [name, noted] : read_note(note_in(directory))) {
        const auto file = directory / "db" / name;
        std::error_code gone;
        const auto size = fs::file_size(file, gone);
        // There is another MANIFEST: a program that does not keep notes has opened the database.
        if (gone && is_manifest(name)) return {};
        if (!gone && size >= noted) continue;
        auto& report = is_manifest(name) ? changed.manifest : changed.log;
        report = file.string() +
                 (gone ? " is gone, and had " : " was cut to " + std::to_string(size) + " of ") +
                 std::to_string(noted) + " bytes";
    }
    return changed;
}

std::error_code forget_at_rest(const fs::path& directory) {
    std::error_code failed;
    const bool was_there = fs::remove(note_in(directory), failed);
    if (was_there && !sync_path(directory)) return std::make_error_code(std::errc::io_error);
    return failed;
}

}  // namespace kurir::queue
