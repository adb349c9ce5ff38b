#include "queue/at_rest.hpp"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include "queue/crc32c.hpp"
#include "queue/salvage.hpp"

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

// The line that ends a note of this text.
std::string seal(const std::string& text) {
    return "end " + std::to_string(crc32c(text)) + "\n";
}

// Nothing if the note is not whole.
sizes read_note(const fs::path& note) {
    std::ifstream from(note);
    const std::string all{std::istreambuf_iterator<char>(from), {}};
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
    std::ofstream to(note, std::ios::trunc);
    to << text << seal(text);
    to.close();
    const bool written = to && sync_path(note) && sync_path(directory);
    if (!written) fs::remove(note, ec);
}

changed_at_rest look_at_rest(const fs::path& directory) {
    changed_at_rest changed;
    for (const auto& [name, noted] : read_note(note_in(directory))) {
        const auto file = directory / "db" / name;
        std::error_code gone;
        const auto size = fs::file_size(file, gone);
        // Another MANIFEST is there: somebody opened the database who knows no notes.
        if (gone && is_manifest(name)) return {};
        if (!gone && size >= noted) continue;
        auto& which = is_manifest(name) ? changed.manifest : changed.log;
        which = file.string() +
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
